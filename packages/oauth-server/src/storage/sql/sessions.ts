import type { Session, Store } from '../store.js'
import { type Columns, integer, names, optionalList, optionalText, parameters, text } from './columns.js'
import type { Sql, Transition } from './dialect.js'
import type { SqlRow, SqlValue } from './port.js'

const SESSION: Columns = {
  hash: 'TEXT',
  id: 'TEXT',
  subject: 'TEXT',
  name: 'TEXT',
  auth_time: 'BIGINT',
  acr: 'TEXT',
  amr: 'TEXT',
  login_attempt: 'TEXT',
  expires_at: 'BIGINT',
}

/** $1 the one that ends, then the one that begins. */
const REPLACE: Transition = {
  steps: {
    ended: 'DELETE FROM sessions WHERE hash = $1',
    begun: `INSERT INTO sessions (${names(SESSION)}) VALUES (${parameters(SESSION, 2)}) RETURNING hash`,
  },
  answer: 'begun',
}

/** Browsers that are signed in. */
const LIST = 'SELECT * FROM sessions WHERE subject = $1 AND expires_at > $2 ORDER BY auth_time DESC LIMIT $3'
const DELETE_OF_SUBJECT =
  'DELETE FROM sessions WHERE subject = $1 AND (CAST($2 AS TEXT) IS NULL OR id = $2) RETURNING id'

export function sessions(
  sql: Sql,
): Pick<Store, 'findSession' | 'replaceSession' | 'deleteSession' | 'listSessions' | 'deleteSessions'> {
  return {
    async findSession(hash) {
      const [row] = await sql.query('SELECT * FROM sessions WHERE hash = $1', [hash])
      return row && readSession(row)
    },
    async replaceSession(session, replaced) {
      await sql.run(REPLACE, [replaced ?? null, ...sessionValues(session)])
    },
    async deleteSession(hash) {
      await sql.query('DELETE FROM sessions WHERE hash = $1', [hash])
    },
    listSessions: async (subject, at, limit) => (await sql.query(LIST, [subject, at, limit])).map(readSession),
    deleteSessions: async (subject, id) =>
      (await sql.query(DELETE_OF_SUBJECT, [subject, id ?? null])).map((row) => text(row, 'id')),
  }
}

const sessionValues = (session: Session): readonly SqlValue[] => [
  session.hash,
  session.id,
  session.subject,
  session.name ?? null,
  session.authTime,
  session.acr ?? null,
  session.amr ? JSON.stringify(session.amr) : null,
  session.loginAttempt,
  session.expiresAt,
]

const readSession = (row: SqlRow): Session => ({
  hash: text(row, 'hash'),
  id: text(row, 'id'),
  subject: text(row, 'subject'),
  name: optionalText(row, 'name'),
  authTime: integer(row, 'auth_time'),
  acr: optionalText(row, 'acr'),
  amr: optionalList(row, 'amr'),
  loginAttempt: text(row, 'login_attempt'),
  expiresAt: integer(row, 'expires_at'),
})
