import type { Consent, Store } from '../store.js'
import { text } from './columns.js'
import type { Sql, Transition } from './dialect.js'
import { readGrant } from './grant-rows.js'
import type { SqlRow } from './port.js'

const LIST = `SELECT * FROM grants WHERE subject = $1 AND revoked_at IS NULL AND expires_at > $2
  ORDER BY created_at DESC, id LIMIT $3`

const REVOKE = 'UPDATE grants SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL RETURNING id'

/** $1 subject, $2 client or NULL for all, $3 at. In the order of ids, so that two of them never wait for each other. */
const REVOKE_ALL = `UPDATE grants SET revoked_at = $3 WHERE id IN (
  SELECT id FROM grants WHERE subject = $1 AND (CAST($2 AS TEXT) IS NULL OR client_id = $2) AND revoked_at IS NULL
    AND expires_at > $3 ORDER BY id LOCKED) RETURNING id`

/** The same parameters. */
const REVOKE_CONSENT: Transition = {
  steps: {
    forgotten: 'DELETE FROM consents WHERE subject = $1 AND client_id = $2',
    revoked: REVOKE_ALL,
  },
  answer: 'revoked',
}

/** What subjects granted, and what they allowed for good. */
export function grants(
  sql: Sql,
): Pick<
  Store,
  'findGrant' | 'listGrants' | 'revokeGrant' | 'revokeGrants' | 'findConsent' | 'listConsents' | 'revokeConsent'
> {
  return {
    async findGrant(id) {
      const [row] = await sql.query('SELECT * FROM grants WHERE id = $1', [id])
      return row && readGrant(row)
    },
    listGrants: async (subject, at, limit) =>
      (await sql.query(LIST, [subject, at, limit])).map((row) => readGrant(row)),
    revokeGrant: async (id, at) => (await sql.query(REVOKE, [id, at])).length === 1,
    revokeGrants: async (subject, clientId, at) => ids(await sql.query(REVOKE_ALL, [subject, clientId ?? null, at])),
    async findConsent(subject, clientId) {
      const rows = await sql.query(
        'SELECT subject, client_id, scope FROM consents WHERE subject = $1 AND client_id = $2',
        [subject, clientId],
      )
      return readConsents(rows)[0]
    },
    listConsents: async (subject) =>
      readConsents(await sql.query('SELECT subject, client_id, scope FROM consents WHERE subject = $1', [subject])),
    revokeConsent: async (subject, clientId, at) => ids(await sql.run(REVOKE_CONSENT, [subject, clientId, at])),
  }
}

const ids = (rows: readonly SqlRow[]): readonly string[] => rows.map((row) => text(row, 'id'))

/** One row for each scope value, together one consent for each client. */
function readConsents(rows: readonly SqlRow[]): readonly Consent[] {
  const byClient = new Map<string, Consent>()
  for (const row of rows) {
    const clientId = text(row, 'client_id')
    const scope = byClient.get(clientId)?.scope ?? []
    byClient.set(clientId, { subject: text(row, 'subject'), clientId, scope: [...scope, text(row, 'scope')] })
  }
  return [...byClient.values()]
}
