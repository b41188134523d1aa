import type { Store } from '../store.js'

/** Fails a case of the contract. Its own few lines, so that the cases need no test runner. */
export function equal(actual: unknown, expected: unknown, rule: string): void {
  const [got, wanted] = [write(actual), write(expected)]
  if (got !== wanted) throw new Error(`${rule}: expected ${wanted}, got ${got}`)
}

const write = (value: unknown): string => JSON.stringify(value, sorted) ?? 'undefined'

/** Members in one order, and absent ones like undefined ones: a store may leave them out. */
function sorted(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** Runs so many at once and gives their results. */
export function race<T>(racers: number, run: (racer: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: racers }, (_, racer) => run(racer)))
}

/** A rule of the contract: `racers` says how many take part where several race. */
type Case = (store: Store, racers: number) => Promise<void>
export type Cases = Readonly<Record<string, Case>>

export const count = <T>(values: readonly T[], wanted: T): number => values.filter((value) => value === wanted).length
