import { fork } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { boughtOf, deviceOf, grantOf, T0, tokenOf } from './storage/contract/records.js'
import { postgresStore } from './storage/sql/postgres.js'
import { sqliteStore } from './storage/sql/sqlite.js'
import type { Store } from './storage/store.js'
import { hasPostgres, type PostgresServer, startPostgres } from './testing/postgres.js'

/** Where the racers find the database; see testing/race.mjs. */
type Database =
  | { readonly sqlite: string }
  | { readonly postgres: string; readonly schema: string; readonly driver: 'pg' | 'postgres.js' }

interface Outcome {
  readonly kind: string
  readonly round: number
  readonly id: string
  readonly outcome: string
}

const PROCESSES = 4
/** What the one winner of each race is told, and what everybody else is. */
const TOLD: Readonly<Record<string, readonly [winner: string, losers: RegExp]>> = {
  code: ['redeemed', /^already_redeemed$/],
  refreshToken: ['rotated', /^shown child /],
  interaction: ['stored', /^replayed$/],
  pushedRequest: ['stored', /^replayed$/],
  deviceCode: ['redeemed', /^already_redeemed$/],
  decision: ['decided', /^already_decided$/],
  poll: ['pending', /^slow_down$/],
  once: ['first', /^replayed$/],
  keys: ['won', /^lost$/],
  revocation: ['won', /^lost$/],
  count: ['count 1', /^count \d+$/],
}

const folder = mkdtempSync(join(tmpdir(), 'scopewise-races-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('four processes on one SQLite file', () => {
  it.each([
    { racers: 1, rounds: 10 },
    { racers: 3, rounds: 3 },
    { racers: 125, rounds: 1 },
  ])(
    'TK-02 RF-03 DV-06 $racers racers in each: one wins every value',
    async ({ racers, rounds }) => {
      const path = join(folder, `${racers}.db`)
      const store = sqliteStore(path)
      await raceFor(store, { sqlite: path }, { racers, rounds })
      await store.close()
    },
    60_000,
  )
})

describe.skipIf(!hasPostgres)('four processes on one PostgreSQL', () => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await startPostgres()
  }, 60_000)
  afterAll(() => server?.stop(), 60_000)

  it.each([
    { driver: 'pg', racers: 1, rounds: 10 },
    { driver: 'pg', racers: 125, rounds: 1 },
    { driver: 'postgres.js', racers: 3, rounds: 3 },
    { driver: 'postgres.js', racers: 125, rounds: 1 },
  ] as const)(
    'TK-02 RF-03 DV-06 $racers racers in each, over $driver: one wins every value',
    async ({ driver, racers, rounds }) => {
      const schema = `race_${driver.replace('.', '_')}_${racers}`
      const store = postgresStore(server.pool(), { schema })
      await raceFor(store, { postgres: server.host, schema, driver }, { racers, rounds })
    },
    60_000,
  )
})

async function raceFor(store: Store, database: Database, size: { racers: number; rounds: number }): Promise<void> {
  await layOut(store, size.rounds)
  const names = Array.from({ length: PROCESSES }, (_, i) => `p${i}`)
  const children = names.map((name) => startProcess({ database, ...size, name }))
  await Promise.all(children.map(({ ready }) => ready))
  const outcomes = (await Promise.all(children.map(({ go }) => go()))).flat()
  expect(outcomes).toHaveLength(PROCESSES * size.racers * size.rounds * Object.keys(TOLD).length)

  for (const [kind, [won, lost]] of Object.entries(TOLD)) {
    for (let round = 0; round < size.rounds; round++) {
      const race = outcomes.filter((outcome) => outcome.kind === kind && outcome.round === round)
      const winners = race.filter(({ outcome }) => outcome === won)
      const losers = race.filter((racer) => !winners.includes(racer))
      expect([kind, round, winners.length]).toEqual([kind, round, 1])
      expect(losers.filter(({ outcome }) => !lost.test(outcome))).toEqual([])
      const [winner] = winners
      if (winner) await checkStored(store, kind, winner, losers)
    }
  }
}

/** Whether what the winner stored is there, and of the others nothing. */
async function checkStored(store: Store, kind: string, winner: Outcome, losers: readonly Outcome[]): Promise<void> {
  const { round } = winner
  const find: Readonly<Record<string, (id: string) => Promise<unknown>>> = {
    code: (id) => store.findRefreshToken(`bought code ${round} ${id}`),
    refreshToken: (id) => store.findRefreshToken(`child ${round} ${id}`),
    interaction: (id) => store.findAuthorizationCode(`interaction ${round} ${id}`),
    pushedRequest: (id) => store.findAuthorizationCode(`pushedRequest ${round} ${id}`),
    deviceCode: (id) => store.findRefreshToken(`bought approved ${round} ${id}`),
    decision: (id) => store.findGrant(`decision ${round} ${id}`),
  }
  if (kind === 'refreshToken')
    expect(new Set(losers.map(({ outcome }) => outcome))).toEqual(new Set([`shown child ${round} ${winner.id}`]))
  if (kind === 'count') expect(new Set(losers.map(({ outcome }) => outcome)).size).toBe(losers.length)
  const stored = find[kind]
  if (!stored) return
  expect(await stored(winner.id)).toBeDefined()
  expect((await Promise.all(losers.map(({ id }) => stored(id)))).filter((row) => row !== undefined)).toEqual([])
}

/** Puts what the racers race for. */
async function layOut(store: Store, rounds: number): Promise<void> {
  const expiresAt = T0 + 100_000
  for (let round = 0; round < rounds; round++) {
    for (const name of ['code', 'rt', 'approved', 'revoked']) {
      const grant = grantOf(`${name} ${round}`, { refreshUntil: expiresAt, expiresAt })
      const code = {
        hash: grant.id,
        grantId: grant.id,
        redirectUri: '',
        codeChallenge: '',
        nonce: undefined,
        jkt: undefined,
        expiresAt,
        redeemedAt: undefined,
      }
      if (name !== 'approved')
        await store.putAuthorization(
          { interaction: undefined, pushedRequest: undefined, consent: undefined, grant, code },
          T0,
        )
    }
    const refreshToken = tokenOf(`rt ${round}`, `rt ${round}`, { expiresAt })
    await store.redeemAuthorizationCode(`rt ${round}`, T0, boughtOf({ refreshToken }))
    for (const name of ['approved', 'pending', 'polled']) {
      const hash = `${name} ${round}`
      await store.putDeviceCode(deviceOf(hash, { hash, userCodeHash: `user ${hash}`, clientId: 'web', expiresAt }))
      await store.claimDeviceCode(`user ${hash}`, 'sid', T0)
    }
    const grant = grantOf(`approved ${round}`, { expiresAt })
    await store.approveDeviceCode(`user approved ${round}`, 'sid', T0, { consent: undefined, grant })
  }
}

/** Starts testing/race.mjs: `ready` when its database is open, `go` lets it race. */
function startProcess(parameters: object): { ready: Promise<unknown>; go(): Promise<readonly Outcome[]> } {
  const child = fork(fileURLToPath(new URL('./testing/race.mjs', import.meta.url)), [JSON.stringify(parameters)])
  const next = <T>(): Promise<T> =>
    new Promise((resolve, reject) => {
      // What race.mjs sends.
      child.once('message', (message) => resolve(message as T))
      child.once('error', reject)
      child.once('exit', (code) => reject(new Error(`the racers ended with ${code}`)))
    })
  return {
    ready: next(),
    go() {
      child.send('go')
      return next<readonly Outcome[]>()
    },
  }
}
