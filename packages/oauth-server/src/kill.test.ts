import { fork } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SqlQuery } from './storage/sql/port.js'
import { postgresPort } from './storage/sql/postgres-port.js'
import { openSqlite, sqliteStore } from './storage/sql/sqlite.js'
import { hasPostgres, type PostgresServer, startPostgres } from './testing/postgres.js'

const folder = mkdtempSync(join(tmpdir(), 'scopewise-kill-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** With those of crash.test.ts 1000 where all runs are made. */
const KILLS =
  Number(process.env['SCOPEWISE_RUNS'] ?? 1) >= 20 ? { sqlite: 500, postgres: 300 } : { sqlite: 4, postgres: 3 }
/** Then begins an empty database: what looks for halves takes longer with all that was walked before. */
const KILLS_OF_ONE = 20

/** Each finds what only half of a transition could have left. */
const HALVES: Readonly<Record<string, string>> = {
  'a burnt interaction without its grant': `SELECT key FROM used_once WHERE key LIKE 'interaction %'
    AND NOT EXISTS (SELECT 1 FROM grants WHERE 'interaction ' || id = key)`,
  'a burnt pushed request without its grant': `SELECT key FROM used_once WHERE key LIKE 'request %'
    AND NOT EXISTS (SELECT 1 FROM grants WHERE 'request ' || id = key)`,
  'a grant without its burnt interaction': `SELECT id FROM grants
    WHERE NOT EXISTS (SELECT 1 FROM used_once WHERE key = 'interaction ' || id)`,
  'a grant without its code': `SELECT id FROM grants WHERE NOT EXISTS (SELECT 1 FROM authorization_codes WHERE grant_id = id)`,
  'a grant without its whole consent': `SELECT id FROM grants g WHERE 2 <> (SELECT COUNT(*) FROM consents c WHERE c.subject = g.id)`,
  'a redeemed code without what it bought, or the other way round': `SELECT hash FROM authorization_codes c
    WHERE (redeemed_at IS NOT NULL) <> EXISTS (SELECT 1 FROM refresh_tokens t WHERE t.hash = c.hash || ' 0')`,
  'a redeemed code without its access token': `SELECT hash FROM authorization_codes c
    WHERE redeemed_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM opaque_tokens t WHERE t.hash = c.hash || ' at 0')`,
  'a redeemed code whose grant was not prolonged': `SELECT c.hash FROM authorization_codes c JOIN grants g ON g.id = c.grant_id
    WHERE redeemed_at IS NOT NULL AND g.expires_at = g.refresh_until`,
  'a rotated token without its child': `SELECT hash FROM refresh_tokens t
    WHERE rotated_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM refresh_tokens c WHERE c.hash = t.successor_hash)`,
  'a child without its parent': `SELECT hash FROM refresh_tokens c WHERE retry_until IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM refresh_tokens t WHERE t.successor_hash = c.hash AND t.grant_id = c.grant_id)`,
  'two tokens of a grant that can both be used': `SELECT grant_id FROM refresh_tokens WHERE rotated_at IS NULL
    GROUP BY grant_id HAVING COUNT(*) > 1`,
  'an open window behind a token that was used':
    'SELECT hash FROM refresh_tokens WHERE rotated_at IS NOT NULL AND salt IS NOT NULL',
}

async function expectNoHalves(query: SqlQuery): Promise<void> {
  for (const [half, text] of Object.entries(HALVES)) expect([half, await query(text)]).toEqual([half, []])
  const [row] = await query('SELECT COUNT(*) AS count FROM refresh_tokens WHERE rotated_at IS NOT NULL')
  expect(Number(row?.['count'])).toBeGreaterThan(10)
}

describe('kill -9 in the middle of transitions', () => {
  it('OP-08 P8 leaves all of a transition or nothing, on SQLite', async () => {
    for (let round = 0; round < KILLS.sqlite; round++) {
      const path = join(folder, `${Math.floor(round / KILLS_OF_ONE)}.db`)
      if (round % KILLS_OF_ONE === 0) await sqliteStore(path).close()
      await walkUntilKilled({ sqlite: path, name: `r${round}` })
      const port = openSqlite(path)
      await expectNoHalves(port.query)
      await port.close()
    }
  }, 1_800_000)
})

describe.skipIf(!hasPostgres)('kill -9 of server and database in the middle of transitions', () => {
  let postgres: PostgresServer
  beforeAll(async () => {
    postgres = await startPostgres()
  }, 60_000)
  afterAll(() => postgres?.stop(), 60_000)

  it('OP-08 P8 leaves all of a transition or nothing, on PostgreSQL', async () => {
    const { query } = postgresPort(postgres.pool(1), false)
    for (let round = 0; round < KILLS.postgres; round++) {
      await walkUntilKilled({ postgres: postgres.host, name: `r${round}` }, () => postgres.crash())
      await postgres.start()
      // The one connection that was cut is noticed by its first use.
      await query('SET search_path = scopewise').catch(() => undefined)
      await query('SET search_path = scopewise')
      await expectNoHalves(query)
      if (round % KILLS_OF_ONE === KILLS_OF_ONE - 1)
        await query('TRUNCATE grants, authorization_codes, refresh_tokens, used_once, consents, opaque_tokens')
    }
  }, 1_800_000)
})

/** Lets testing/transitions-until-killed.mjs walk some grants, and kills it at some point in the next milliseconds. */
function walkUntilKilled(parameters: object, crash: () => Promise<void> = async () => undefined): Promise<void> {
  const script = fileURLToPath(new URL('./testing/transitions-until-killed.mjs', import.meta.url))
  // What it says when its statements fail is no news.
  const child = fork(script, [JSON.stringify(parameters)], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
  let walked = 0
  let crashed: Promise<void> | undefined
  return new Promise((resolve, reject) => {
    child.on('message', () => {
      if (++walked !== 15) return
      setTimeout(() => {
        crashed = crash()
        crashed.then(() => child.kill('SIGKILL'), reject)
      }, Math.random() * 20)
    })
    child.on('exit', (code) => {
      // With its database gone the process may also end by itself, and before the database has said that it is down.
      if (crashed) crashed.then(resolve, reject)
      else reject(new Error(`ended by itself with ${code}`))
    })
  })
}
