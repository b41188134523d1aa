/** What each element of a schema comes down to, from the index that enforcement uses. */
import type { Auth } from '../auth.js'
import { elementsOf } from '../collect/elements.js'
import type { FieldEntry, SchemaIndex, TypeEntry } from '../collect/schema-index.js'
import type { Rule } from '../directive.js'
import { type Alternative, alternativesOf, type Clause } from '../requirement.js'

/** What tools need of an auth. Any will do, whatever its claims and context are. */
export type AnyAuth<S extends string = string> = Pick<Auth<S, unknown>, '~inside' | 'analyze' | 'apply' | 'typeDefs'>

/**
 * How an element is protected. `public`: somebody wrote so; `uncovered`: nobody wrote anything and everybody may have
 * it; `authenticated`: a token is enough; `scoped`: scope values are demanded.
 */
export type Protection = 'public' | 'uncovered' | 'authenticated' | 'scoped'

/** What an element demands. */
export interface Demand {
  readonly protection: Protection
  /** Of a field all that selecting it charges; of another element what is written on it. */
  readonly rules: readonly Rule[]
}

/** What can be selected, and what can be supplied. */
export interface Demands {
  /** Fields of object types. */
  readonly fields: ReadonlyMap<string, Demand>
  /** Arguments, input fields and the types of inputs. */
  readonly inputs: ReadonlyMap<string, Demand>
}

const INPUTS = new Set([
  'ARGUMENT_DEFINITION',
  'INPUT_FIELD_DEFINITION',
  'INPUT_OBJECT',
  'SCALAR',
  'ENUM',
  'ENUM_VALUE',
])

/** Reads the demands of every element. */
export function demandsOf(index: SchemaIndex): Demands {
  const fields = new Map<string, Demand>()
  for (const type of index.types.values())
    for (const entry of type.fields.values()) fields.set(entry.coordinate, demandOf(entry, type, index))
  const inputs = new Map<string, Demand>()
  for (const { coordinate, location } of elementsOf(index.schema)) {
    if (!INPUTS.has(location)) continue
    const rules = index.applied.rules.get(coordinate) ?? []
    inputs.set(coordinate, { protection: protectionOf(rules, false), rules })
  }
  return { fields, inputs }
}

function demandOf(entry: FieldEntry, type: TypeEntry, { applied }: SchemaIndex): Demand {
  const name = entry.field.name
  const isPublic =
    applied.isPublic.has(entry.coordinate) ||
    [...type.conditions].some((over) => applied.isPublic.has(over) || applied.isPublic.has(`${over}.${name}`))
  return { protection: protectionOf(entry.rules, isPublic), rules: entry.rules }
}

function protectionOf(rules: readonly Rule[], isPublic: boolean): Protection {
  if (rules.length === 0) return isPublic ? 'public' : 'uncovered'
  return rules.some(({ clause }) => clause) ? 'scoped' : 'authenticated'
}

/** The scope clauses of rules. */
export const clausesOf = (rules: readonly Rule[]): readonly Clause[] =>
  rules.flatMap(({ clause }) => (clause ? [clause] : []))

/** The names of all policies, each once. */
export const policiesOf = (rules: readonly Rule[]): readonly string[] => [
  ...new Set(rules.flatMap(({ policies }) => policies)),
]

/** As in an analysis: none for what is open, one empty one where a token is enough. */
export const requiredScopesOf = (rules: readonly Rule[]): readonly Alternative[] =>
  rules.length === 0 ? [] : alternativesOf(clausesOf(rules)).values
