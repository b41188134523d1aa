import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { memoryStore } from './storage/memory.js'
import { postgresStore } from './storage/sql/postgres.js'
import { sqliteStore } from './storage/sql/sqlite.js'
import { actReal, explain, mintReal, type Real, type Reopening, serve, startReal } from './testing/lifecycle.js'
import { type Deed, expire, type Model, mint } from './testing/lifecycle-model.js'
import { hasPostgres, type PostgresServer, startPostgres } from './testing/postgres.js'

const FACTOR = Number(process.env['SCOPEWISE_RUNS'] ?? 1)
const START = 1_800_000_000
const BOOT = 60_000
const LONG = 1_800_000

/** The model is replaced as a whole: fast-check hands one object to all commands. */
interface World {
  model: Model
}
type Command = fc.AsyncCommand<World, Real>

/** A deed whose grant and token are chosen among those that there are when it is done. */
interface Choice {
  readonly kind: Deed['deed']
  readonly grant: number
  readonly token: number
}

/** Counted back from the newest, which is meant most often. */
const back = fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(6) })
const choose = (...kinds: readonly Deed['deed'][]) =>
  fc.record({ kind: fc.constantFrom(...kinds), grant: back, token: back })

/** Refreshing is what goes on for months; the rest happens once. */
const choice = choose(
  'redeem',
  'refresh',
  'refresh',
  'refresh',
  'refresh',
  'redeem_wrongly',
  'refresh_wrongly',
  'revoke',
)

function resolve({ grants }: Model, { kind, grant: back, token: older }: Choice): Deed | undefined {
  const grant = grants.length - 1 - (back % Math.max(grants.length, 1))
  if (kind === 'redeem' || kind === 'redeem_wrongly') return grants[grant] && { deed: kind, grant }
  const known = grants[grant]?.tokens.flatMap(({ isKnown }, token) => (isKnown ? [token] : [])) ?? []
  const token = known[known.length - 1 - (older % Math.max(known.length, 1))]
  return token === undefined ? undefined : { deed: kind, grant, token }
}

const MINT: Command = {
  check: ({ model }) => model.grants.length < 8,
  async run(world, real) {
    await mintReal(real)
    world.model = mint(world.model)
  },
  toString: () => 'mint',
}

const EXPIRE: Command = {
  check: () => true,
  async run(world, real) {
    while ((await real.server.expire()) > 0);
    world.model = expire(world.model)
  },
  toString: () => 'expire',
}

const CRASH: Command = {
  check: () => true,
  async run(_world, real) {
    await serve(real, await real.stores.reopen())
  },
  toString: () => 'crash',
}

const wait = (seconds: number): Command => ({
  check: () => true,
  async run(world, real) {
    real.clock.now += seconds
    world.model = { ...world.model, now: world.model.now + seconds }
  },
  toString: () => `wait ${seconds} s`,
})

/** One after the other, or all at once with the store's calls in an order that fast-check chooses. */
const act = (choices: readonly Choice[]): Command => ({
  check: ({ model }) => choices.every((one) => resolve(model, one) !== undefined),
  async run(world, real) {
    const deeds = choices.flatMap((one) => resolve(world.model, one) ?? [])
    real.isScheduled = deeds.length > 1
    const all = Promise.all(deeds.map(async (deed) => ({ deed, answer: await actReal(real, deed) })))
    const results = await (real.isScheduled ? real.scheduler.waitFor(all) : all)
    real.isScheduled = false
    world.model = explain(world.model, real, results)
  },
  toString: () => choices.map(({ kind, grant, token }) => `${kind}(${grant},${token})`).join(' | '),
})

const REDEEM_NEWEST: Command = {
  ...act([{ kind: 'redeem', grant: 0, token: 0 }]),
  check: ({ model }) => model.grants.at(-1)?.code === 'unused',
}

const unanswered = (one: Choice): Command => ({
  check: ({ model }) => resolve(model, one) !== undefined,
  async run(world, real) {
    const deed = resolve(world.model, one)
    if (!deed) return
    real.loseNextAnswer = true
    const answer = await actReal(real, deed)
    real.loseNextAnswer = false
    world.model = explain(world.model, real, [{ deed, answer }])
  },
  toString: () => `unanswered ${one.kind}(${one.grant},${one.token})`,
})

const story = fc.commands(
  [
    fc.constant(MINT),
    fc.constant(REDEEM_NEWEST),
    choose('refresh').map((one) => act([one])),
    choose('refresh').map((one) => act([one])),
    choice.map((one) => act([one])),
    choice.map(unanswered),
    fc.array(choice, { minLength: 2, maxLength: 4 }).map(act),
    fc.constantFrom(0, 1, 10, 29).map(wait),
    fc.constantFrom(30, 61, 300, 390, 1000).map(wait),
    fc.constantFrom(EXPIRE, CRASH),
  ],
  { maxCommands: 60, size: 'max' },
)

async function live(runs: number, open: () => Promise<Reopening>): Promise<void> {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), story, async (scheduler, commands) => {
      const stores = await open()
      const real = await startReal(stores, scheduler, START)
      await fc.asyncModelRun(() => ({ model: { model: { now: START, grants: [] } }, real }), commands)
    }),
    { numRuns: Math.round(runs * FACTOR) },
  )
}

describe('the life of tokens, mint to expiry, with crashes, lost answers and deeds at once', () => {
  const folder = mkdtempSync(join(tmpdir(), 'scopewise-lifecycle-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it(
    'TK-01 TK-03 TK-05 RF-02 RF-03 RF-04 RF-12 is what the model says, in memory',
    async () => {
      await live(400, async () => {
        const store = memoryStore()
        return { store, reopen: async () => store }
      })
    },
    LONG,
  )

  it(
    'RF-09 is what the model says, in SQLite',
    async () => {
      const path = join(folder, 'auth.db')
      let store = sqliteStore(path)
      await live(50, async () => ({
        store,
        async reopen() {
          const left = store
          store = sqliteStore(path)
          await left.close()
          return store
        },
      }))
      await store.close()
    },
    LONG,
  )

  it(
    'RF-09 is what the model says, in PGlite',
    async () => {
      const database = await PGlite.create()
      await live(5, async () => {
        const open = async () => postgresStore(database)
        return { store: await open(), reopen: open }
      })
      await database.close()
    },
    LONG,
  )
})

describe.skipIf(!hasPostgres)('the life of tokens in PostgreSQL', () => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await startPostgres()
  }, BOOT)
  afterAll(() => server?.stop(), BOOT)

  it(
    'RF-09 is what the model says',
    async () => {
      const pool = server.pool()
      await live(45, async () => {
        const open = async () => postgresStore(pool)
        return { store: await open(), reopen: open }
      })
    },
    LONG,
  )
})
