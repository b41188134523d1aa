import type { Store } from '../store.js'
import { authorizations } from './authorizations.js'
import { clients } from './clients.js'
import { integer, text } from './columns.js'
import { deviceCodes } from './device-codes.js'
import type { Dialect, Sql } from './dialect.js'
import { expire } from './expire.js'
import { grants } from './grants.js'
import { limits } from './limits.js'
import { opaqueTokens } from './opaque-tokens.js'
import type { SqlPort } from './port.js'
import { refreshTokens } from './refresh-tokens.js'
import { sessions } from './sessions.js'

/** The store contract over any database of one primary that speaks this SQL. Only hashes of secrets ever reach it. */
export function sqlStore(port: SqlPort, dialect: Dialect): Store {
  const sql = dialect(port)
  return {
    durability: 'durable',
    ...authorizations(sql),
    ...refreshTokens(sql),
    ...opaqueTokens(sql),
    ...deviceCodes(sql),
    ...clients(sql),
    ...grants(sql),
    ...sessions(sql),
    ...limits(sql),
    ...signingKeys(sql),
    expire: (at, limit) => expire(sql, at, limit),
    close: () => port.close(),
  }
}

const FIRST_KEYS =
  'INSERT INTO signing_keys (id, version, wrapped) VALUES (1, 1, $1) ON CONFLICT DO NOTHING RETURNING id'
const NEXT_KEYS =
  'UPDATE signing_keys SET version = version + 1, wrapped = $2 WHERE id = 1 AND version = $1 RETURNING id'

function signingKeys(sql: Sql): Pick<Store, 'findKeys' | 'casKeys'> {
  return {
    async findKeys() {
      const [row] = await sql.query('SELECT version, wrapped FROM signing_keys WHERE id = 1')
      return row && { version: integer(row, 'version'), wrapped: text(row, 'wrapped') }
    },
    async casKeys(expectedVersion, wrapped) {
      const won =
        expectedVersion === 0
          ? await sql.query(FIRST_KEYS, [wrapped])
          : await sql.query(NEXT_KEYS, [expectedVersion, wrapped])
      return won.length === 1
    },
  }
}
