// The contract of token stores and what the locks promise, on real servers.

import { PGlite } from '@electric-sql/pglite'
import type { Lock, TokenStore } from '@scopewise/oauth-client/manager'
import {
  createPostgresTables,
  type PostgresDatabase,
  postgresLock,
  postgresStore,
  sweepPostgresTokens,
} from '@scopewise/oauth-client/stores/postgres'
import { redisLock, redisStore } from '@scopewise/oauth-client/stores/redis'
import { tokenStoreContract } from '@scopewise/oauth-client/testing'
import pg from 'pg'
import { createClient } from 'redis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasPostgres, hasRedis, type RunningService, startPostgres, startRedis } from '../services/start.js'

let names = 0
const nextName = () => `t${++names}`
const sleep = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1000))

/** What every lock holds. @param create two locks over the same server, as two processes have them */
function lockRules(isHere: boolean, create: (lifetime: number) => Promise<readonly [Lock, Lock]>): void {
  it.skipIf(!isHere)(
    'lets one work at a time, whoever asks, and gives the lock back also after a failure',
    async () => {
      const locks = await create(5)
      let inside = 0
      let most = 0
      const work = (index: number) => async () => {
        most = Math.max(most, ++inside)
        await sleep(0.005)
        inside--
        if (index === 3) throw new Error('work failed')
        return index
      }
      const asked = Array.from({ length: 8 }, (_, index) => (index % 2 ? locks[0] : locks[1])('k', work(index)))
      const results = await Promise.allSettled(asked)
      expect(results.map(({ status }) => status).filter((status) => status === 'rejected')).toHaveLength(1)
      expect(most).toBe(1)
      expect(await locks[0]('other', async () => 'free')).toBe('free')
    },
  )

  it.skipIf(!isHere)('is kept for as long as the work takes, and free again when the holder died', async () => {
    const [lock, other] = await create(1)
    const order: string[] = []
    const first = lock('k', async () => {
      // Longer than the lock lasts by itself, shorter than the other one waits.
      await sleep(1.3)
      order.push('first')
    })
    await sleep(0.05)
    const second = other('k', async () => {
      order.push('second')
    })
    await Promise.all([first, second])
    expect(order).toEqual(['first', 'second'])
  })
}

describe.each([
  ['pg', hasPostgres],
  ['PGlite', true],
])('postgresStore over %s', (driver, isHere) => {
  let service: RunningService | undefined
  let database: PostgresDatabase
  let close = async () => undefined as unknown

  beforeAll(async () => {
    if (!isHere) return
    if (driver === 'PGlite') {
      const lite = new PGlite()
      database = lite
      close = () => lite.close()
      return
    }
    service = await startPostgres()
    const pool = new pg.Pool({ host: service.where, user: 'postgres', database: 'postgres', max: 20 })
    database = pool
    close = () => pool.end()
  })
  afterAll(async () => {
    await close()
    await service?.stop()
  })

  const create = async (): Promise<readonly [TokenStore, TokenStore]> => {
    const prefix = nextName()
    // Of processes that start together each makes the tables.
    await Promise.all([1, 2, 3, 4].map(() => createPostgresTables(database, { prefix })))
    return [postgresStore(database, { prefix }), postgresStore(database, { prefix })]
  }
  for (const { name, run } of tokenStoreContract(create)) it.skipIf(!isHere)(name, run)

  it.skipIf(!isHere)('sweeps what nobody has written for a while, and nothing else', async () => {
    const prefix = nextName()
    await createPostgresTables(database, { prefix })
    const store = postgresStore(database, { prefix })
    for (const key of ['old', 'new']) await store.swap(key, undefined, { version: '1', value: '{}' })
    await database.query(`UPDATE ${prefix}_tokens SET written_at = now() - interval '2 days'`, [])
    await store.swap('new', '1', { version: '2', value: '{}' })
    expect(await sweepPostgresTokens(database, { prefix, age: 86_400 })).toBe(1)
    expect([await store.read('old'), (await store.read('new'))?.version]).toEqual([undefined, '2'])
  })

  it.skipIf(!isHere)('keeps no key in clear', async () => {
    const prefix = nextName()
    await createPostgresTables(database, { prefix })
    await postgresStore(database, { prefix }).swap('alice@example', undefined, { version: '1', value: '{}' })
    const { rows } = await database.query(`SELECT * FROM ${prefix}_tokens`, [])
    expect(JSON.stringify(rows)).not.toContain('alice')
  })

  it('refuses a prefix that is no plain name', () => {
    for (const prefix of ['x; DROP TABLE y', 'a.b.c', '"a"', ''])
      expect(() => postgresStore(database, { prefix })).toThrow(/plain name/)
  })

  lockRules(isHere, async (lifetime) => {
    const prefix = nextName()
    await createPostgresTables(database, { prefix })
    return [postgresLock(database, { prefix, lifetime }), postgresLock(database, { prefix, lifetime })]
  })

  it.skipIf(!isHere)(
    'is never given back by somebody else, and a lock that nobody gives back stops nobody for ever',
    async () => {
      const prefix = nextName()
      await createPostgresTables(database, { prefix })
      const insert = `INSERT INTO ${prefix}_locks VALUES (encode(sha256('x'), 'hex'), 'dead', now() + interval '1 hour')`
      await database.query(insert, [])
      const lock = postgresLock(database, { prefix, lifetime: 0.1 })
      const order: string[] = []
      await lock('k', async () => {
        order.push('mine')
        // As if it had run out and somebody else had taken it.
        await database.query(
          `UPDATE ${prefix}_locks SET holder = 'other', until = now() + interval '1 hour' WHERE holder <> 'dead'`,
          [],
        )
      })
      const { rows } = await database.query(`SELECT holder FROM ${prefix}_locks ORDER BY holder`, [])
      expect(rows).toEqual([{ holder: 'dead' }, { holder: 'other' }])
      // Nobody waits for ever, and the work is done all the same.
      expect(await lock('k', async () => 'done')).toBe('done')
      expect(order).toEqual(['mine'])
    },
  )

  it('lets the work go on when the database is away', async () => {
    const lock = postgresLock({ query: () => Promise.reject(new Error('away')) })
    expect(await lock('k', async () => 'done')).toBe('done')
    await expect(lock('k', () => Promise.reject(new Error('work failed')))).rejects.toThrow('work failed')
  })
})

describe('redisStore', () => {
  let service: RunningService
  const connect = async () => {
    const client = createClient({ socket: { path: service.where, tls: false } })
    await client.connect()
    return client
  }
  let one: Awaited<ReturnType<typeof connect>>
  let two: Awaited<ReturnType<typeof connect>>

  beforeAll(async () => {
    if (!hasRedis) return
    service = await startRedis()
    one = await connect()
    two = await connect()
  })
  afterAll(async () => {
    if (!hasRedis) return
    await Promise.all([one.close(), two.close()])
    await service.stop()
  })

  const create = (): readonly [TokenStore, TokenStore] => {
    const prefix = `${nextName()}:`
    return [redisStore(one, { prefix }), redisStore(two, { prefix })]
  }
  for (const { name, run } of tokenStoreContract(create)) it.skipIf(!hasRedis)(name, run)

  it.skipIf(!hasRedis)('forgets a record after its lifetime, and keeps it without one', async () => {
    const prefix = `${nextName()}:`
    const record = { version: '1', value: '{}' }
    await redisStore(one, { prefix, lifetime: 3600 }).swap('a', undefined, record)
    const left = await one.pTTL(`${prefix}tokens:a`)
    expect(left > 3_590_000 && left <= 3_600_000).toBe(true)
    await redisStore(one, { prefix }).swap('a', '1', { ...record, version: '2' })
    expect(await one.pTTL(`${prefix}tokens:a`)).toBe(-1)
  })

  it.skipIf(!hasRedis)('says so when the server is away', async () => {
    const away = await connect()
    away.destroy()
    await expect(redisStore(away).read('a')).rejects.toThrow()
  })

  lockRules(hasRedis, async (lifetime) => {
    const prefix = `${nextName()}:`
    return [redisLock(one, { prefix, lifetime }), redisLock(two, { prefix, lifetime })]
  })

  it.skipIf(!hasRedis)('is free when its holder died, and never given back by somebody else', async () => {
    const prefix = `${nextName()}:`
    await one.set(`${prefix}lock:k`, 'dead', { expiration: { type: 'PX', value: 50 } })
    await redisLock(two, { prefix, lifetime: 5 })('k', async () => {
      await one.set(`${prefix}lock:k`, 'other')
    })
    expect(await one.get(`${prefix}lock:k`)).toBe('other')
  })
})
