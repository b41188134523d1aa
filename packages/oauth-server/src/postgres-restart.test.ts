import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { serve } from './node.js'
import { postgresStore } from './storage/sql/postgres.js'
import { CALLBACK, codeFor, createHarness, type Harness, signIn, verifier } from './testing/harness.js'
import { type HttpAnswer, postToken } from './testing/http.js'
import { hasPostgres, type PostgresServer, startPostgres } from './testing/postgres.js'
import { systemClock } from './time.js'

const CLIENTS = 6
const CRASHES = 3
const CODES = 40

describe.skipIf(!hasPostgres)('a server whose PostgreSQL is restarted under load', () => {
  let postgres: PostgresServer
  let pool: pg.Pool
  let harness: Harness
  let running: Awaited<ReturnType<typeof serve>>
  beforeAll(async () => {
    postgres = await startPostgres()
    pool = postgres.pool(10)
    harness = await createHarness({ store: postgresStore(pool), now: systemClock })
    running = await serve({ fetch: harness.server.fetch, port: 0 })
  }, 60_000)
  afterAll(async () => {
    await running?.close()
    await postgres?.stop()
  }, 60_000)

  const redeem = (code: string | null) =>
    postToken(running.port, {
      grant_type: 'authorization_code',
      client_id: 'web',
      code,
      code_verifier: verifier,
      redirect_uri: CALLBACK,
    })
  const refresh = (token: string | undefined) =>
    postToken(running.port, { grant_type: 'refresh_token', client_id: 'web', refresh_token: token })

  it('OP-09 ATT-094 answers 503 while it is away, and then goes on with nothing lost or doubled', async () => {
    const codes = await Promise.all(Array.from({ length: CODES }, () => codeFor(harness)))
    const clients = await Promise.all(
      Array.from({ length: CLIENTS }, async () => createClient((await signIn(harness))['refresh_token'])),
    )
    const load = { isOver: false }
    const working = clients.map((client) => refreshUntil(client, load))
    const bought: HttpAnswer[] = []

    for (let crash = 0; crash < CRASHES; crash++) {
      await until(() => clients.every(({ rotations }) => rotations.length >= 10 * (crash + 1)))
      const away = clients.map((client) => client.unavailable)
      const redeeming = codes.map(redeem)
      await postgres.crash()
      await until(() => clients.every(({ unavailable }, i) => unavailable > (away[i] ?? 0)))
      await postgres.start()
      bought.push(...(await Promise.all(redeeming)))
    }
    load.isOver = true
    await Promise.all(working)
    bought.push(...(await Promise.all(codes.map(redeem))))

    expect(clients.flatMap(({ refused }) => refused)).toEqual([])
    for (const { answers } of byCode(bought, codes.length)) {
      expect(answers.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(1)
      expect(answers.filter(({ status, retryAfter }) => status === 503 && !retryAfter)).toEqual([])
    }
    for (const client of clients) {
      expect(new Set(client.rotations).size).toBe(client.rotations.length)
      expect((await refresh(client.token)).status).toBe(200)
    }
    await checkChains(pool)
  }, 120_000)

  interface Client {
    token: string | undefined
    readonly rotations: string[]
    unavailable: number
    readonly refused: HttpAnswer[]
  }
  const createClient = (token: string | undefined): Client => ({ token, rotations: [], unavailable: 0, refused: [] })

  /** Refreshes and refreshes; asks again with the same token when there is no answer. */
  async function refreshUntil(client: Client, load: { isOver: boolean }): Promise<void> {
    while (!load.isOver) {
      const answer = await refresh(client.token)
      if (answer.status === 200) {
        client.token = answer.body['refresh_token']
        client.rotations.push(client.token ?? '')
      } else if (answer.status === 503 && answer.retryAfter) {
        client.unavailable += 1
        await sleep(20)
      } else client.refused.push(answer)
    }
  }
})

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await sleep(5)
}

/** The answers come in rounds, one for each code. */
function byCode(answers: readonly HttpAnswer[], codes: number) {
  return Array.from({ length: codes }, (_, code) => ({ answers: answers.filter((_answer, i) => i % codes === code) }))
}

/** Every rotated token has its child, every child its parent, and a grant has one token that is not rotated. */
async function checkChains(pool: pg.Pool): Promise<void> {
  const count = async (text: string) => Number((await pool.query(text)).rows[0]?.count)
  const tokens = 'scopewise.refresh_tokens'
  expect(await count(`SELECT COUNT(*) FROM ${tokens}`)).toBeGreaterThan(CLIENTS * 10)
  expect(
    await count(
      `SELECT COUNT(*) FROM ${tokens} t WHERE successor_hash IS NOT NULL AND NOT EXISTS (SELECT 1 FROM ${tokens} c WHERE c.hash = t.successor_hash AND c.grant_id = t.grant_id)`,
    ),
  ).toBe(0)
  expect(
    await count(
      `SELECT COUNT(*) FROM ${tokens} c WHERE retry_until IS NOT NULL AND NOT EXISTS (SELECT 1 FROM ${tokens} t WHERE t.successor_hash = c.hash)`,
    ),
  ).toBe(0)
  expect(
    await count(
      `SELECT COUNT(*) FROM (SELECT grant_id FROM ${tokens} WHERE rotated_at IS NULL GROUP BY grant_id HAVING COUNT(*) <> 1) forks`,
    ),
  ).toBe(0)
  expect(
    await count(
      `SELECT COUNT(*) FROM scopewise.authorization_codes c WHERE (redeemed_at IS NOT NULL) <> EXISTS (SELECT 1 FROM ${tokens} t WHERE t.grant_id = c.grant_id)`,
    ),
  ).toBe(0)
}
