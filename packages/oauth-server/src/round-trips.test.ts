import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sqliteDialect } from './storage/sql/dialect.js'
import { storeOver } from './storage/sql/postgres.js'
import { postgresPort } from './storage/sql/postgres-port.js'
import { sqlStore } from './storage/sql/sql-store.js'
import { sqliteStorePort } from './storage/sql/sqlite.js'
import type { Store } from './storage/store.js'
import {
  API,
  asService,
  codeFor,
  createHarness,
  post,
  redeem,
  refresh,
  service,
  signIn,
  web,
} from './testing/harness.js'
import { notedPort } from './testing/noted-port.js'

const opaque = { [API]: { scopes: ['notes:read', 'notes:write', 'admin'], format: 'opaque' } } as const

/** How many statements each answer of the token endpoint takes, clients in configuration. */
async function countStatements(create: (note: (text: string) => void) => Store, resources?: typeof opaque) {
  const texts: string[] = []
  const harness = await createHarness({
    store: create((text) => texts.push(text)),
    clients: [web, service],
    ...(resources && { resources }),
  })
  const count = async <T>(run: () => Promise<T>): Promise<{ count: number; result: T }> => {
    texts.length = 0
    const result = await run()
    return { count: texts.length, result }
  }
  const scope = 'offline_access notes:read'
  // The first answers of a process also fetch the keys, and look for retry windows that were left open.
  await refresh(harness.server, (await signIn(harness, { scope }))['refresh_token'])
  const code = await codeFor(harness, { scope })
  const exchange = await count(() => redeem(harness.server, code))
  const renewal = await count(() => refresh(harness.server, exchange.result.body['refresh_token']))
  const own = await count(() => post(harness.server, '/token', { grant_type: 'client_credentials' }, asService))
  const statuses = [exchange, renewal, own].map(({ result }) => result.status)
  expect(statuses).toEqual([200, 200, 200])
  return { code: exchange.count, refresh: renewal.count, clientCredentials: own.count }
}

describe('what an answer of the token endpoint costs', () => {
  let database: PGlite
  beforeAll(async () => {
    database = await PGlite.create()
  }, 60_000)
  afterAll(() => database.close())
  const folder = mkdtempSync(join(tmpdir(), 'scopewise-round-trips-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  let schemas = 0
  const onPostgres = (note: (text: string) => void) =>
    storeOver(notedPort(postgresPort(database, true), note), `trips_${schemas++}`, true)

  it('in round trips to PostgreSQL: 2 for a code, 1 for a refresh, none for a client of its own', async () => {
    expect(await countStatements(onPostgres)).toEqual({ code: 2, refresh: 1, clientCredentials: 0 })
  })

  it('in round trips to PostgreSQL where access tokens are opaque: stored by the statement that wins', async () => {
    expect(await countStatements(onPostgres, opaque)).toEqual({ code: 2, refresh: 2, clientCredentials: 1 })
  })

  it('in statements on SQLite: a step each, and one transaction around the steps', async () => {
    const onSqlite = (note: (text: string) => void) =>
      sqlStore(notedPort(sqliteStorePort(join(folder, 'steps.db')), note), sqliteDialect)
    // Find; BEGIN, code, grant, refresh token, COMMIT. And BEGIN, parent, read the grant, child, grant, COMMIT.
    expect(await countStatements(onSqlite)).toEqual({ code: 6, refresh: 6, clientCredentials: 0 })
  })
})
