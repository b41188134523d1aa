import type { StoredRecord, TokenStore } from '../manager/store.js'

/** One rule of the contract. */
export interface TokenStoreCase {
  readonly name: string
  /** Rejects with a sentence when the store breaks the rule. */
  run(): Promise<void>
}

/** A store, and another one over the same records, as two processes have them. */
type Pair = readonly [TokenStore, TokenStore]

const record = (version: string): StoredRecord => ({ version, value: JSON.stringify({ held: {}, of: version }) })

const CASES: Readonly<Record<string, (pair: Pair, racers: number) => Promise<void>>> = {
  async 'gives nothing where nothing is, and what was written where something is, to all who share it'([store, other]) {
    await holds(store, 'a', undefined)
    must(await store.swap('a', undefined, record('1')), 'a record can be put where none is')
    await holds(other, 'a', record('1'))
    await holds(other, 'b', undefined)
  },

  async 'replaces and removes only what has the expected version'([store, other]) {
    must(!(await store.swap('a', '1', record('2'))), 'what is not there has no version')
    must(await store.swap('a', undefined, undefined), 'nothing may be put in the place of nothing')
    must(await store.swap('a', undefined, record('1')), 'a record can be put where none is')
    must(!(await other.swap('a', undefined, record('2'))), 'a record is not put where one is')
    must(!(await other.swap('a', undefined, undefined)), 'a record is not taken for none')
    must(!(await other.swap('a', '0', record('2'))), 'a record of another version stays')
    must(!(await other.swap('a', '', record('2'))), 'an empty version is a version')
    must(await other.swap('a', '1', record('2')), 'a record of the expected version is replaced')
    must(!(await store.swap('a', '1', undefined)), 'a record of another version is not removed')
    await holds(store, 'a', record('2'))
    must(await store.swap('a', '2', undefined), 'a record of the expected version is removed')
    await holds(other, 'a', undefined)
    must(!(await other.swap('a', '2', record('3'))), 'what was removed has no version')
    must(await other.swap('a', undefined, record('3')), 'a record can be put where one was')
  },

  async 'lets one of many racers win, each time'([store, other], racers) {
    let expected: string | undefined
    for (let round = 1; round <= 10; round++) {
      const versions = Array.from({ length: racers }, (_, index) => `${round}-${index}`)
      const before = expected
      const won = await Promise.all(
        versions.map((version, index) => (index % 2 ? store : other).swap('a', before, record(version))),
      )
      const winners = versions.filter((_, index) => won[index])
      must(winners.length === 1, `one racer wins, and not ${winners.length}`)
      expected = winners[0]
      await holds(other, 'a', record(expected ?? ''))
    }
    const removals = Array.from({ length: racers }, (_, index) =>
      (index % 2 ? store : other).swap('a', expected, undefined),
    )
    must((await Promise.all(removals)).filter(Boolean).length === 1, 'one remover wins')
  },

  async 'keeps texts as they are, whatever the key'([store]) {
    const value = JSON.stringify({ text: 'ü 👋 \u0000 " \\ \n', long: 'x'.repeat(100_000) })
    for (const key of ['["https://auth.example","web","../../etc/passwd"]', 'ü'.repeat(5000), 'a\u0000b', '']) {
      must(await store.swap(key, undefined, { version: 'v', value }), 'every text is a key')
      await holds(store, key, { version: 'v', value })
    }
  },
}

/**
 * What every token store has to hold, as cases for any test runner: `for (const { name, run } of tokenStoreContract(create)) it(name, run)`.
 *
 * NOT covered: several processes, and crashes.
 *
 * @param create an empty store each time, and another one over the same records
 * @param options.racers how many take part in a race. @default 20
 */
export function tokenStoreContract(
  create: () => Pair | Promise<Pair>,
  { racers = 20 }: { readonly racers?: number | undefined } = {},
): readonly TokenStoreCase[] {
  return Object.entries(CASES).map(([name, check]) => ({ name, run: async () => check(await create(), racers) }))
}

async function holds(store: TokenStore, key: string, expected: StoredRecord | undefined): Promise<void> {
  const { version, value } = (await store.read(key)) ?? {}
  must(
    version === expected?.version && value === expected?.value,
    `read gives what was written last, and not ${version}`,
  )
}

function must(isSo: boolean, rule: string): void {
  if (!isSo) throw new Error(`The token store breaks a rule: ${rule}`)
}
