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

/** Names in the schema, with what they mean. */
export interface FederationNames {
  /** By a `@link` of the schema: nothing else may claim these names. */
  readonly linked: ReadonlyMap<string, Meaning>
  /** By their own names, with and without the usual prefix, if nothing else claims them. */
  readonly usual: ReadonlyMap<string, Meaning>
}

const USUAL = new Map(
  MEANINGS.flatMap((meaning) => [[meaning, meaning] as const, [`federation__${meaning}`, meaning] as const]),
)

/** Reads the links of a schema. A directive on the schema with a URL is a link, whatever it is called itself. */
export function readFederationNames(schema: GraphQLSchema): FederationNames {
  const links = readApplications(schema).flatMap(readLink)
  return { linked: new Map(links), usual: USUAL }
}

function readLink({ args }: Application): readonly (readonly [string, Meaning])[] {
  const url = args.get('url') ?? args.get('feature')
  const spec = typeof url === 'string' ? specOf(url) : undefined
  if (spec === undefined) return []
  const prefix = typeof args.get('as') === 'string' ? String(args.get('as')) : spec
  const imported = listOf(args.get('import')).flatMap(readImport)
  if (spec === 'federation')
    return [...MEANINGS.map((meaning) => [`${prefix}__${meaning}`, meaning] as const), ...imported]
  // Each of these directives has a specification of its own as well, and then goes by its prefix alone.
  const own = meaningOf(spec)
  return own ? [[prefix, own], ...imported] : []
}

/** The name in `https://specs.apollo.dev/NAME/v1.2`. */
function specOf(url: string): string | undefined {
  const segments = url.split(/[?#]/)[0]?.split('/').filter(Boolean) ?? []
  return segments.filter((segment, at) => at < segments.length - 1 || !/^v\d+(\.\d+)?$/.test(segment)).at(-1)
}

/** `"@name"` or `{ name: "@name", as: "@other" }`. */
function readImport(value: unknown): readonly (readonly [string, Meaning])[] {
  const { name, as = name } = typeof value === 'object' && value !== null ? (value as Imported) : { name: value }
  if (typeof name !== 'string' || typeof as !== 'string') return []
  const meaning = meaningOf(name.replace(/^@/, ''))
  return meaning ? [[as.replace(/^@/, ''), meaning]] : []
}

// What a member holds is looked at where it is read.
interface Imported {
  readonly name?: unknown
  readonly as?: unknown
}

const meaningOf = (name: string): Meaning | undefined => MEANINGS.find((meaning) => meaning === name)

const listOf = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? value : value === undefined ? [] : [value]
