import type { Store } from '../store.js'
import { OPAQUE_TOKEN, opaqueValues, readOpaqueToken } from './bought.js'
import { names, optionalText, parameters } from './columns.js'
import type { Sql } from './dialect.js'
import { JOINED_GRANT, readGrant } from './grant-rows.js'

/** $2 is its grant, if it has one: then only while that lives. */
const PUT = `INSERT INTO opaque_tokens (${names(OPAQUE_TOKEN)}) SELECT ${parameters(OPAQUE_TOKEN, 1)}
  WHERE CAST($2 AS TEXT) IS NULL OR EXISTS (SELECT 1 FROM grants WHERE id = $2 AND revoked_at IS NULL) RETURNING hash`

const FIND = `SELECT t.*, ${JOINED_GRANT} FROM opaque_tokens t LEFT JOIN grants g ON g.id = t.grant_id WHERE t.hash = $1`

/** Access tokens that only this server can read. */
export function opaqueTokens(sql: Sql): Pick<Store, 'putOpaqueToken' | 'findOpaqueToken' | 'deleteOpaqueToken'> {
  return {
    putOpaqueToken: async (token) => ((await sql.query(PUT, opaqueValues(token))).length === 1 ? 'stored' : 'gone'),
    async findOpaqueToken(hash) {
      const [row] = await sql.query(FIND, [hash])
      const hasGrant = row && optionalText(row, 'g_id') !== undefined
      return row && { token: readOpaqueToken(row), grant: hasGrant ? readGrant(row, 'g_') : undefined }
    },
    deleteOpaqueToken: async (hash) =>
      (await sql.query('DELETE FROM opaque_tokens WHERE hash = $1 RETURNING hash', [hash])).length === 1,
  }
}
