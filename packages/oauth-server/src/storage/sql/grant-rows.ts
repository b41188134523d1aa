import type { Consent, Grant } from '../store.js'
import {
  type Columns,
  integer,
  joined,
  list,
  names,
  optionalInteger,
  optionalList,
  optionalText,
  parameters,
  text,
} from './columns.js'
import type { SqlRow, SqlValue } from './port.js'

/** Grants as rows, and the steps that several transitions share. */

const GRANT: Columns = {
  id: 'TEXT',
  client_id: 'TEXT',
  subject: 'TEXT',
  scope: 'TEXT',
  resources: 'TEXT',
  auth_time: 'BIGINT',
  acr: 'TEXT',
  amr: 'TEXT',
  session_id: 'TEXT',
  created_at: 'BIGINT',
  refresh_until: 'BIGINT',
  expires_at: 'BIGINT',
  revoked_at: 'BIGINT',
}

/** The columns of a grant that is joined as `g`. */
export const JOINED_GRANT = joined(GRANT, 'g')

export const grantValues = (grant: Grant): readonly SqlValue[] => [
  grant.id,
  grant.clientId,
  grant.subject,
  JSON.stringify(grant.scope),
  JSON.stringify(grant.resources),
  grant.authTime,
  grant.acr ?? null,
  grant.amr ? JSON.stringify(grant.amr) : null,
  grant.sessionId,
  grant.createdAt,
  grant.refreshUntil,
  grant.expiresAt,
  grant.revokedAt ?? null,
  grant.expiresAt,
]

/** Reads a grant; `g_` is put before the columns where the row is a join. */
export const readGrant = (row: SqlRow, prefix: '' | 'g_' = ''): Grant => ({
  id: text(row, `${prefix}id`),
  clientId: text(row, `${prefix}client_id`),
  subject: text(row, `${prefix}subject`),
  scope: list(row, `${prefix}scope`),
  resources: list(row, `${prefix}resources`),
  authTime: integer(row, `${prefix}auth_time`),
  acr: optionalText(row, `${prefix}acr`),
  amr: optionalList(row, `${prefix}amr`),
  sessionId: text(row, `${prefix}session_id`),
  createdAt: integer(row, `${prefix}created_at`),
  refreshUntil: integer(row, `${prefix}refresh_until`),
  expiresAt: integer(row, `${prefix}expires_at`),
  revokedAt: optionalInteger(row, `${prefix}revoked_at`),
})

/** `expire` looks at a grant when it is due: at the end that it was stored with, then at each later one that it finds. So no index moves when a grant is prolonged. */
const STORED: Columns = { ...GRANT, due_at: 'BIGINT' }

/** A step that stores a grant with the parameters from `first` on, when `condition` holds. */
export const putGrant = (first: number, condition: string): string =>
  `INSERT INTO grants (${names(STORED)}) SELECT ${parameters(STORED, first)} WHERE ${condition} RETURNING id`

/** A step that adds to what a subject allowed a client: `consentValues` from parameter `first` on. */
export const addConsent = (first: number, condition: string): string =>
  `INSERT INTO consents (subject, client_id, scope)
   SELECT value ->> 'subject', value ->> 'client_id', value ->> 'scope' FROM EACH($${first}) WHERE ${condition} ON CONFLICT DO NOTHING`

export const consentValue = (consent: Consent | undefined): string =>
  JSON.stringify(
    (consent?.scope ?? []).map((scope) => ({ subject: consent?.subject, client_id: consent?.clientId, scope })),
  )
