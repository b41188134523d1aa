import type { RegisteredClient, Store } from '../store.js'
import { integer, object, text } from './columns.js'
import type { Sql, Transition } from './dialect.js'
import type { SqlRow } from './port.js'

const PUT = `INSERT INTO clients (client_id, registration_token_hash, version, metadata, created_at) VALUES ($1, $2, 1, $3, $4)
  ON CONFLICT (client_id) DO NOTHING RETURNING client_id`

const REPLACE = `UPDATE clients SET registration_token_hash = $2, version = version + 1, metadata = $3
  WHERE client_id = $1 AND version = $4 RETURNING client_id`

/** RFC 7592 §2.3: what a client was given ends with it. $1 client, $2 at. */
const DELETE: Transition = {
  steps: {
    won: 'DELETE FROM clients WHERE client_id = $1 RETURNING client_id',
    consents_forgotten: 'DELETE FROM consents WHERE client_id IN (SELECT client_id FROM won)',
    own_tokens_ended: 'DELETE FROM opaque_tokens WHERE client_id IN (SELECT client_id FROM won) AND grant_id IS NULL',
    grants_revoked: `UPDATE grants SET revoked_at = $2 WHERE id IN (
      SELECT id FROM grants WHERE client_id IN (SELECT client_id FROM won) AND revoked_at IS NULL ORDER BY id LOCKED)`,
  },
  answer: 'won',
}

/** Clients that registered themselves. RFC 7591, RFC 7592. */
export function clients(sql: Sql): Pick<Store, 'putClient' | 'findClient' | 'replaceClient' | 'deleteClient'> {
  return {
    async putClient({ clientId, registrationTokenHash, metadata, createdAt }) {
      const values = [clientId, registrationTokenHash, JSON.stringify(metadata), createdAt]
      return (await sql.query(PUT, values)).length === 1 ? 'stored' : 'taken'
    },
    findClient: (clientId) => find(sql, clientId),
    async replaceClient({ clientId, registrationTokenHash, metadata }, expectedVersion) {
      const values = [clientId, registrationTokenHash, JSON.stringify(metadata), expectedVersion]
      if ((await sql.query(REPLACE, values)).length === 1) return 'replaced'
      return (await find(sql, clientId)) ? 'conflict' : 'gone'
    },
    deleteClient: async (clientId, at) => (await sql.run(DELETE, [clientId, at])).length === 1,
  }
}

async function find(sql: Sql, clientId: string): Promise<RegisteredClient | undefined> {
  const [row] = await sql.query('SELECT * FROM clients WHERE client_id = $1', [clientId])
  return row && readClient(row)
}

const readClient = (row: SqlRow): RegisteredClient => ({
  clientId: text(row, 'client_id'),
  registrationTokenHash: text(row, 'registration_token_hash'),
  version: integer(row, 'version'),
  metadata: object(row, 'metadata'),
  createdAt: integer(row, 'created_at'),
})
