import { fileStore } from '@scopewise/oauth-client/stores/file'
import { createPostgresTables, postgresLock, postgresStore } from '@scopewise/oauth-client/stores/postgres'
import { redisLock, redisStore } from '@scopewise/oauth-client/stores/redis'
import pg from 'pg'
import { createClient } from 'redis'

/** Seconds: those who wait for a lock whose holder was killed wait so long. */
const LIFETIME = 3

const OPEN = {
  async file(where) {
    return { store: fileStore(where), lock: undefined, close: async () => undefined }
  },
  async postgres(where) {
    const pool = new pg.Pool({ host: where, user: 'postgres', database: 'postgres', max: 5 })
    pool.on('error', () => undefined)
    await createPostgresTables(pool)
    return { store: postgresStore(pool), lock: postgresLock(pool, { lifetime: LIFETIME }), close: () => pool.end() }
  },
  async redis(where) {
    const client = createClient({ socket: { path: where } })
    client.on('error', () => undefined)
    await client.connect()
    return { store: redisStore(client), lock: redisLock(client, { lifetime: LIFETIME }), close: () => client.close() }
  },
}

export const openShared = ({ kind, where }) => OPEN[kind](where)
