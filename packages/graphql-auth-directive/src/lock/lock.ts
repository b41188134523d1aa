/**
 * The lock: what each element of a schema demands as it is written. Printing, wrapping and merging a schema can lose its
 * directives in silence; compared with the lock, what is lost is named.
 */
import type { Applied } from '../collect/applied.js'
import type { DirectiveNames } from '../directive.js'
import { AuthDirectiveError, type SchemaProblem } from '../errors.js'
import { writeRule } from './write-rule.js'

/** What a lock file holds, as JSON. */
export interface Lock {
  readonly version: 1
  /** Per schema coordinate its directives, such as `@auth(scope: ["notes:read"])`. */
  readonly elements: Readonly<Record<string, string>>
}

/** Writes down what a schema demands, sorted by coordinate. */
export function writeLock(applied: Applied, names: DirectiveNames): Lock {
  return { version: 1, elements: Object.fromEntries([...linesOf(applied, names)].sort(byCoordinate)) }
}

/** What differs from the lock: first what the schema lost or changed, then what the lock does not know. */
export function compareWithLock(
  applied: Applied,
  names: DirectiveNames,
  { elements }: Lock,
): { readonly lost: readonly SchemaProblem[]; readonly unknown: readonly SchemaProblem[] } {
  const lines = linesOf(applied, names)
  const lost = Object.entries(elements).flatMap(([coordinate, expected]): SchemaProblem[] => {
    const found = lines.get(coordinate)
    if (found === expected) return []
    const message = `the lock says ${expected}, and the schema says ${found ?? 'nothing'}. If that is meant, write the lock anew; else find out where the directive was lost.`
    return [{ coordinate, message }]
  })
  const unknown = [...lines].flatMap(([coordinate, found]): SchemaProblem[] =>
    Object.hasOwn(elements, coordinate)
      ? []
      : [{ coordinate, message: `the schema says ${found}, and the lock does not know it. Write the lock anew.` }],
  )
  return { lost, unknown }
}

/**
 * Refuses a schema that lost directives.
 * @param expect a lock, or how many elements must carry a directive
 * @throws {AuthDirectiveError} invalid_schema
 */
export function refuseLost(applied: Applied, names: DirectiveNames, expect: unknown): void {
  if (typeof expect === 'number') {
    const found = linesOf(applied, names).size
    if (found >= expect) return
    const message = `This schema carries directives on ${found} elements, and ${expect} are expected. Find out where the others were lost: printing and wrapping drop them.`
    throw new AuthDirectiveError('invalid_schema', message)
  }
  const { lost } = compareWithLock(applied, names, parseLock(expect))
  if (lost.length > 0)
    throw new AuthDirectiveError('invalid_schema', 'This schema is not the one that was locked:', lost)
}

/**
 * Reads a lock from what a file held.
 * @throws {AuthDirectiveError} invalid_options
 */
export function parseLock(value: unknown): Lock {
  if (isRecord(value) && value['version'] === 1 && isRecord(value['elements'])) {
    const entries = Object.entries(value['elements'])
    const elements = entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string')
    if (elements.length === entries.length) return { version: 1, elements: Object.fromEntries(elements) }
  }
  throw new AuthDirectiveError('invalid_options', 'A lock is expected, as lock() writes it, or a number of elements.')
}

function linesOf({ rules, isPublic }: Applied, names: DirectiveNames): ReadonlyMap<string, string> {
  const written = [...rules].map(([coordinate, own]): [string, string] => [
    coordinate,
    own
      .map((rule) => writeRule(rule, names))
      .sort()
      .join(' '),
  ])
  return new Map([...written, ...[...isPublic].map((coordinate): [string, string] => [coordinate, `@${names.public}`])])
}

const byCoordinate = ([a]: [string, string], [b]: [string, string]): number => (a < b ? -1 : 1)

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null
