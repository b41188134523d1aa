/**
 * What Apollo Federation's directives are called in a schema. `@link` may import them, rename them or leave them under
 * a prefix; a renamed one that is missed would protect nothing.
 * @see https://specs.apollo.dev/link/v1.0
 */
import type { GraphQLSchema } from 'graphql'
import { type Application, readApplications } from '../directive.js'

/** The directives of federation that say who may see something. */
const MEANINGS = ['authenticated', 'requiresScopes', 'policy'] as const
export type Meaning = (typeof MEANINGS)[number]

/** The directives by which a field is computed from others. */
const DEPENDENCIES = ['requires', 'context', 'fromContext'] as const
export type Dependency = (typeof DEPENDENCIES)[number]

/** Names in the schema, with what they mean. */
export interface FederationNames {
  /** By a `@link` of the schema: nothing else may claim these names. */
  readonly linked: ReadonlyMap<string, Meaning>
  /** By their own names, with and without the usual prefix, if nothing else claims them. */
  readonly usual: ReadonlyMap<string, Meaning>
  /** What makes a field depend on others; also under its own name with any prefix, linked or not. */
  dependencyOf(name: string): Dependency | undefined
}

const USUAL = new Map(
  MEANINGS.flatMap((meaning) => [[meaning, meaning] as const, [`federation__${meaning}`, meaning] as const]),
)

/** Reads the links of a schema. A directive on the schema with a URL is a link, whatever it is called itself. */
export function readFederationNames(schema: GraphQLSchema): FederationNames {
  const links = readApplications(schema).flatMap(readLink)
  const linked = links.flatMap(([name, term]) => named(name, MEANINGS, term))
  const dependencies = new Map(links.flatMap(([name, term]) => named(name, DEPENDENCIES, term)))
  const plain = (name: string) => DEPENDENCIES.find((term) => term === name.split('__').at(-1))
  return { linked: new Map(linked), usual: USUAL, dependencyOf: (name) => dependencies.get(name) ?? plain(name) }
}

/** A name with its term, if it is one of these. */
function named<T extends Term>(name: string, terms: readonly T[], term: Term): readonly (readonly [string, T])[] {
  return terms.filter((one) => one === term).map((one) => [name, one] as const)
}

type Term = Meaning | Dependency
const TERMS: readonly Term[] = [...MEANINGS, ...DEPENDENCIES]

function readLink({ args }: Application): readonly (readonly [string, Term])[] {
  const url = args.get('url') ?? args.get('feature')
  const spec = typeof url === 'string' ? specOf(url) : undefined
  if (spec === undefined) return []
  const prefix = typeof args.get('as') === 'string' ? String(args.get('as')) : spec
  const imported = listOf(args.get('import')).flatMap(readImport)
  if (spec === 'federation') return [...TERMS.map((term) => [`${prefix}__${term}`, term] as const), ...imported]
  // Each of these directives has a specification of its own as well, and then goes by its prefix alone.
  const own = termOf(spec)
  return own ? [[prefix, own], ...imported] : []
}

/** The name in `https://specs.apollo.dev/NAME/v1.2`. */
function specOf(url: string): string | undefined {
  const segments = url.split(/[?#]/)[0]?.split('/').filter(Boolean) ?? []
  return segments.filter((segment, at) => at < segments.length - 1 || !/^v\d+(\.\d+)?$/.test(segment)).at(-1)
}

/** `"@name"` or `{ name: "@name", as: "@other" }`. */
function readImport(value: unknown): readonly (readonly [string, Term])[] {
  const { name, as = name } = typeof value === 'object' && value !== null ? (value as Imported) : { name: value }
  if (typeof name !== 'string' || typeof as !== 'string') return []
  const term = termOf(name.replace(/^@/, ''))
  return term ? [[as.replace(/^@/, ''), term]] : []
}

// What a member holds is looked at where it is read.
interface Imported {
  readonly name?: unknown
  readonly as?: unknown
}

const termOf = (name: string): Term | undefined => TERMS.find((term) => term === name)

const listOf = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? value : value === undefined ? [] : [value]
