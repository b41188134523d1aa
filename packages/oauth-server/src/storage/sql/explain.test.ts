import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { notedPort } from '../../testing/noted-port.js'
import { hasPostgres, type PostgresServer, startPostgres } from '../../testing/postgres.js'
import { storeContract } from '../contract/contract.js'
import type { Store } from '../store.js'
import { sqliteDialect } from './dialect.js'
import type { SqlPort } from './port.js'
import { storeOver } from './postgres.js'
import { postgresPort } from './postgres-port.js'
import { sqlStore } from './sql-store.js'
import { sqliteStorePort } from './sqlite.js'

/** One row at most, by its own check. */
const TINY = ['signing_keys', 'migrations']

/** Runs the whole contract, each case over a port of its own, and gives every statement that it took. */
async function statementsOf(create: (note: (port: SqlPort) => SqlPort) => Store): Promise<readonly string[]> {
  const seen = new Set<string>()
  const note = (port: SqlPort): SqlPort =>
    notedPort(port, (text) => seen.add(text.replaceAll(/\bexplained_\d+\b/g, 'explained_0')))
  for (const { run } of storeContract(() => create(note), { racers: 2 })) await run()
  return [...seen].filter((text) => /^(SELECT|INSERT|UPDATE|DELETE|WITH)\b/.test(text))
}

describe('the statements of the store', () => {
  const folder = mkdtempSync(join(tmpdir(), 'scopewise-explain-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('reach every table through an index, on SQLite', async () => {
    let files = 0
    const open = () => sqliteStorePort(join(folder, `${files++}.db`))
    const texts = await statementsOf((note) => sqlStore(note(open()), sqliteDialect))
    const port = open()
    const scans: string[] = []
    for (const text of texts) {
      const plan = await port.query(`EXPLAIN QUERY PLAN ${text}`, [])
      for (const { detail } of plan)
        if (
          /^SCAN (?!json_each|won|granted|revoked|begun|\w+_burnt|CONSTANT|due)/.test(String(detail)) &&
          !TINY.some((table) => String(detail).includes(table))
        )
          scans.push(`${String(detail)}: ${text}`)
    }
    await port.close()
    expect(texts.length).toBeGreaterThan(50)
    expect(scans).toEqual([])
  })
})

describe.skipIf(!hasPostgres)('the statements of the store, on PostgreSQL', () => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await startPostgres()
  }, 60_000)
  afterAll(() => server?.stop(), 60_000)

  it('reach every table through an index', async () => {
    const pool = server.pool(1)
    let schemas = 0
    const texts = await statementsOf((note) =>
      storeOver(note(postgresPort(pool, false)), `explained_${schemas++}`, true),
    )
    // Tables this small are always read whole unless that is forbidden: what still is has no index to use.
    await pool.query('SET enable_seqscan = off')
    const scans: string[] = []
    const byClient: string[] = []
    for (const text of texts.filter((known) => known.includes('explained_0.'))) {
      const { rows } = await pool.query<{ 'QUERY PLAN': string }>(`EXPLAIN (GENERIC_PLAN) ${text}`)
      const plan = rows.map((row) => row['QUERY PLAN'].trim())
      const isScan = (line: string) => line.includes('Seq Scan') && !TINY.some((table) => line.includes(table))
      scans.push(...plan.filter(isScan).map((line) => `${line}: ${text}`))
      // Not analyzed yet, this database takes a client for one of few grants: it has millions.
      if (plan.some((line) => line.includes('grants_client'))) byClient.push(text)
    }
    expect(texts.length).toBeGreaterThan(40)
    expect(scans).toEqual([])
    expect(byClient).toEqual([expect.stringContaining('DELETE FROM explained_0.clients')])
  })
})
