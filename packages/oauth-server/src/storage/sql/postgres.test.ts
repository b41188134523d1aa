import { PGlite } from '@electric-sql/pglite'
import type pg from 'pg'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasPostgres, type PostgresServer, startPostgres } from '../../testing/postgres.js'
import { storeContract } from '../contract/contract.js'
import { putRedeemedGrant, successorOf, T0, WEB } from '../contract/records.js'
import type { Store } from '../store.js'
import { type PostgresStoreOptions, postgresMigrations, postgresStore } from './postgres.js'
import type { PostgresDriver } from './postgres-port.js'
import { TABLES } from './schema.js'

let schemas = 0
const newSchema = (): string => `contract_${schemas++}`
const BOOT = 60_000

/** An empty store in a schema that is emptied each time: making one takes longer than most cases do. */
function emptied(schema: string, open: () => PostgresDriver, run: (sql: string) => Promise<unknown>) {
  return async (): Promise<Store> => {
    const store = postgresStore(open(), { schema })
    await store.findKeys()
    await run(TABLES.map((table) => `DELETE FROM ${schema}.${table}`).join(';'))
    return store
  }
}

describe.skipIf(!hasPostgres)('postgresStore', () => {
  let server: PostgresServer
  let pool: pg.Pool
  let sql: postgres.Sql
  beforeAll(async () => {
    server = await startPostgres()
    pool = server.pool()
    const { host } = server
    sql = postgres({ host, port: 5432, user: 'postgres', database: 'postgres', max: 20, onnotice: () => {} })
  }, BOOT)
  afterAll(async () => {
    await sql?.end()
    await server?.stop()
  }, BOOT)

  describe.each([
    ['pg', 2],
    ['pg', 10],
    ['pg', 500],
    ['postgres.js', 2],
    ['postgres.js', 10],
    ['postgres.js', 500],
  ] as const)('over %s, with %i racers', (driver, racers) => {
    const open = () => (driver === 'pg' ? pool : sql)
    const cases = storeContract(
      emptied(newSchema(), open, (text) => pool.query(text)),
      { racers },
    )
    for (const { name, run } of cases.filter(({ isRace }) => isRace || racers === 10)) it(name, run)
  })

  it('works without prepared statements', async () => {
    const store = postgresStore(pool, { schema: newSchema(), prepare: false })
    await putRedeemedGrant(store, 'g')
    expect((await store.rotateRefreshToken('rt0', T0, WEB, successorOf('rt1'))).outcome).toBe('rotated')
    expect((await pool.query("SELECT 1 FROM pg_prepared_statements WHERE statement LIKE '%contract_6%'")).rows).toEqual(
      [],
    )
  })

  const versions = async (schema: string) =>
    (await pool.query(`SELECT version FROM ${schema}.migrations`)).rows.map(({ version }) => Number(version))

  it('migrates once when ten start together', async () => {
    const schema = newSchema()
    const stores = Array.from({ length: 10 }, (_, i) => postgresStore(i % 2 === 0 ? pool : sql, { schema }))
    await Promise.all(stores.map((store) => store.findKeys()))
    expect(await versions(schema)).toEqual([1])
  })

  it('runs on what postgresMigrations() made, and says how to mend a schema that is not there', async () => {
    const schema = newSchema()
    const options: PostgresStoreOptions = { schema, migrate: false }
    await expect(postgresStore(pool, options).findKeys()).rejects.toThrow(/Run what postgresMigrations\(\) gives/)
    for (const script of postgresMigrations(schema)) await pool.query(script)
    const store = postgresStore(pool, options)
    await putRedeemedGrant(store, 'g')
    expect((await store.findRefreshToken('rt0'))?.grant.id).toBe('g')
  })

  it('leaves alone what a newer version wrote', async () => {
    const schema = newSchema()
    await postgresStore(pool, { schema }).findKeys()
    await pool.query(`INSERT INTO ${schema}.migrations (version) VALUES (99)`)
    await expect(postgresStore(pool, { schema }).findKeys()).rejects.toThrow(/newer version/)
  })

  it('ATT-094 lives on when its connections are cut, the checked-out ones too', async () => {
    const own = server.pool(5)
    const store = postgresStore(own, { schema: 'cut' })
    await store.useOnce('before', T0 + 9, T0)
    const cut = async () => {
      const pids = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'INSERT INTO cut.%'"
      await pool.query(pids)
    }
    const attempts = Array.from({ length: 200 }, (_, i) =>
      store.useOnce(`k${i % 20}`, T0 + 9, T0).catch(() => 'unknown'),
    )
    await Promise.all([cut(), cut(), ...attempts])
    const outcomes = await Promise.all(attempts)
    expect(outcomes.filter((outcome) => outcome === 'first').length).toBeLessThanOrEqual(20)
    expect(await store.useOnce('after', T0 + 9, T0)).toBe('first')
  })

  it('ATT-070 gives nobody the answer of another call while connections are cut', async () => {
    const store = postgresStore(server.pool(5), { schema: 'mixed' })
    const tokens = Array.from({ length: 20 }, (_, i) => `${i}`)
    for (const i of tokens) await putRedeemedGrant(store, `g${i}`, `rt${i}`)
    const cut =
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%FROM mixed.%' AND pid <> pg_backend_pid()"
    let answers = 0
    for (let round = 0; round < 4; round++) {
      const finds = Array.from({ length: 250 }, async (_, n) => {
        const i = tokens[n % tokens.length]
        const found = await store.findRefreshToken(`rt${i}`).catch(() => undefined)
        if (!found) return
        answers += 1
        expect([found.token.hash, found.grant.id]).toEqual([`rt${i}`, `g${i}`])
      })
      await Promise.all([...finds, pool.query(cut)])
    }
    expect(answers).toBeGreaterThan(100)
  }, 60_000)

  it('says which drivers it takes, and which names', () => {
    // What somebody without types may hand in.
    expect(() => postgresStore({} as pg.Pool)).toThrow(/a Pool of pg/)
    expect(() => postgresStore(pool, { schema: 'a"b' })).toThrow(/schema may hold/)
  })
})

describe('postgresStore over PGlite', () => {
  let database: PGlite
  beforeAll(async () => {
    database = await PGlite.create()
  }, BOOT)
  afterAll(() => database.close())

  const create = emptied(
    newSchema(),
    () => database,
    (text) => database.exec(text),
  )
  for (const { name, run } of storeContract(create)) it(name, run)
})
