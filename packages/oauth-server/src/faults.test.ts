import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { storeContract } from './storage/contract/contract.js'
import {
  authorizationOf,
  boughtOf,
  deviceOf,
  grantOf,
  putRedeemedGrant,
  successorOf,
  T0,
  tokenOf,
  WEB,
} from './storage/contract/records.js'
import { sqliteDialect } from './storage/sql/dialect.js'
import type { SqlPort } from './storage/sql/port.js'
import { storeOver } from './storage/sql/postgres.js'
import { postgresPort } from './storage/sql/postgres-port.js'
import { sqlStore } from './storage/sql/sql-store.js'
import { sqliteStorePort } from './storage/sql/sqlite.js'
import type { Store } from './storage/store.js'
import { type Faults, flakyPort } from './testing/flaky-port.js'
import { hasPostgres, type PostgresServer, startPostgres } from './testing/postgres.js'

const folder = mkdtempSync(join(tmpdir(), 'scopewise-faults-'))
const RACERS = 10
const LATE: Faults = { delay: 4, lost: 0 }
const LOST: Faults = { delay: 1, lost: 0.4 }

let postgres: PostgresServer | undefined
beforeAll(async () => {
  if (hasPostgres) postgres = await startPostgres()
}, 60_000)
afterAll(async () => {
  await postgres?.stop()
  rmSync(folder, { recursive: true, force: true })
}, 60_000)

let databases = 0
/** Two stores on one new database: behind a bad network, and beside it. */
function openSqlite(faults: Faults): { flaky: Store; steady: Store } {
  const port = sqliteStorePort(join(folder, `${databases++}.db`))
  return { flaky: sqlStore(flakyPort(port, faults), sqliteDialect), steady: sqlStore(port, sqliteDialect) }
}
function openPostgres(faults: Faults): { flaky: Store; steady: Store } {
  if (!postgres) throw new Error('no PostgreSQL')
  const port = postgresPort(pools(postgres), true)
  const schema = `faults_${databases++}`
  const over = (some: SqlPort) => storeOver(some, schema, true)
  return { flaky: over(flakyPort(port, faults)), steady: over(port) }
}
let pool: ReturnType<PostgresServer['pool']> | undefined
const pools = (server: PostgresServer) => {
  pool ??= server.pool(15)
  return pool
}

/** Values of one use: how many are laid out, how one is raced for, and what is there afterwards. */
const VALUES: Readonly<
  Record<
    string,
    {
      won: string
      lost: string
      layOut(store: Store, round: number): Promise<unknown>
      race(store: Store, round: number, racer: number): Promise<string>
      stored(store: Store, round: number, racer: number): Promise<unknown>
    }
  >
> = {
  'a code': {
    won: 'redeemed',
    lost: 'already_redeemed',
    layOut: (store, round) => store.putAuthorization(authorizationOf(`c${round}`), T0),
    race: (store, round, racer) =>
      store.redeemAuthorizationCode(
        `code-of-c${round}`,
        T0,
        boughtOf({ refreshToken: tokenOf(`rt-${round}-${racer}`, `c${round}`) }),
      ),
    stored: (store, round, racer) => store.findRefreshToken(`rt-${round}-${racer}`),
  },
  'a refresh token': {
    won: 'rotated',
    lost: 'refused',
    layOut: (store, round) => putRedeemedGrant(store, `r${round}`, `parent-${round}`),
    race: async (store, round, racer) =>
      (await store.rotateRefreshToken(`parent-${round}`, T0, WEB, successorOf(`child-${round}-${racer}`))).outcome,
    stored: (store, round, racer) => store.findRefreshToken(`child-${round}-${racer}`),
  },
  'an interaction': {
    won: 'stored',
    lost: 'replayed',
    layOut: async () => undefined,
    race: (store, round, racer) => {
      const interaction = { id: `interaction ${round}`, expiresAt: T0 + 99 }
      return store.putAuthorization(authorizationOf(`i-${round}-${racer}`, { interaction }), T0)
    },
    stored: (store, round, racer) => store.findAuthorizationCode(`code-of-i-${round}-${racer}`),
  },
  'a device code': {
    won: 'redeemed',
    lost: 'already_redeemed',
    async layOut(store, round) {
      await store.putDeviceCode(deviceOf(`${round}`))
      await store.claimDeviceCode(`user-${round}`, 'sid', T0)
      await store.approveDeviceCode(`user-${round}`, 'sid', T0, { consent: undefined, grant: grantOf(`d${round}`) })
    },
    race: (store, round, racer) =>
      store.redeemDeviceCode(
        `device-${round}`,
        T0,
        boughtOf({ refreshToken: tokenOf(`dt-${round}-${racer}`, `d${round}`) }),
      ),
    stored: (store, round, racer) => store.findRefreshToken(`dt-${round}-${racer}`),
  },
}

describe.each([
  ['SQLite', true, openSqlite],
  ['PostgreSQL', hasPostgres, openPostgres],
] as const)('%s behind a bad network', (_name, isThere, open) => {
  const cases = storeContract(() => open(LATE).flaky, { racers: RACERS }).filter(({ isRace }) => isRace)
  for (const { name, run } of cases) it.skipIf(!isThere)(`late answers: ${name}`, run)

  it.skipIf(!isThere).each(Object.entries(VALUES))(
    'P8 lost answers: %s is used once, and who asks again is told so',
    async (_value, { won, lost, layOut, race, stored }) => {
      const { flaky, steady } = open(LOST)
      // Until the schema is there: no racer may fail before its own statement was sent.
      while (await flaky.findKeys().catch(() => true));
      for (let round = 0; round < 10; round++) {
        await layOut(steady, round)
        const outcomes = await Promise.all(
          Array.from({ length: RACERS }, (_, racer) =>
            race(flaky, round, racer).catch((error: Error) => error.message),
          ),
        )
        const told = outcomes.filter((outcome) => outcome !== 'the answer was lost')
        expect(told.filter((outcome) => outcome === won).length).toBeLessThanOrEqual(1)
        expect(told.filter((outcome) => outcome !== won && outcome !== lost)).toEqual([])
        // Every statement took effect, whether its answer arrived or not: so somebody has won.
        expect(await race(steady, round, RACERS)).toBe(lost)
        const rows = await Promise.all(Array.from({ length: RACERS + 1 }, (_, racer) => stored(steady, round, racer)))
        expect(rows.filter((row) => row !== undefined)).toHaveLength(1)
      }
      await steady.close()
    },
    60_000,
  )
})
