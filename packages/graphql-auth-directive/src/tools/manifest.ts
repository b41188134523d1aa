/** The manifest of persisted operations: the scopes that each one needs, known before it is sent. */
import { decodeBase64url, sha256 } from '@scopewise/token-core/encoding'
import { type DocumentNode, type GraphQLSchema, parse, print, Source } from 'graphql'
import type { AnyAuth } from './demands.js'
import { normalizeDocument } from './normalize.js'
import { analyzeOperations } from './operations.js'

/** What one operation needs. */
export interface ManifestEntry<S extends string = string> {
  /** Null for an anonymous operation. */
  readonly name: string | null
  /** The alternatives that are enough, the preferred one first. `[]`: public; `[[]]`: any token. */
  readonly requiredScopes: readonly (readonly S[])[]
  /** Whether its variables can add to that, by `@skip`, `@include` and inputs: then the server's challenge says how. */
  readonly conditional: boolean
}

/** The scopes of all operations of a client, as JSON. */
export interface Manifest<S extends string = string> {
  readonly version: 1
  /** By the SHA-256 of the operation with its fragments in normal form, in lower-case hexadecimal digits. */
  readonly operations: Readonly<Record<string, ManifestEntry<S>>>
}

/**
 * Lists what the operations of a client need. Fragments may stand in any of the documents.
 * @param documents GraphQL source, or parsed
 * @throws {AuthDirectiveError} invalid_document, with all problems at once, for operations that are not valid against
 * the schema or can't be analysed; invalid_schema
 */
export async function manifest<S extends string>(
  auth: AnyAuth<S>,
  schema: GraphQLSchema,
  documents: readonly (string | Source | DocumentNode)[],
): Promise<Manifest<S>> {
  const parsed = documents.map((document) =>
    typeof document === 'string' || document instanceof Source ? parse(document) : document,
  )
  const operations: Record<string, ManifestEntry<S>> = {}
  for (const { name, document, analysis } of analyzeOperations(auth, schema, parsed)) {
    const { requiredScopes, isConditional } = analysis
    for (const text of textsOf(document)) {
      const hash = await hashDocument(text)
      const known = operations[hash]
      operations[hash] = {
        name,
        requiredScopes,
        // One normal form for two operations: they differ in `__typename` alone, and what that charges is left open.
        conditional: isConditional || (known !== undefined && String(known.requiredScopes) !== String(requiredScopes)),
      }
    }
  }
  return { version: 1, operations: sortByName(operations) }
}

/** The key of an operation in a manifest: SHA-256 of its normal form, in lower-case hexadecimal digits. */
export async function hashDocument(source: string): Promise<string> {
  const bytes = decodeBase64url(await sha256(normalizeDocument(source)))
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** As it was written and as graphql-js prints it: clients send the one or the other. They differ in strings at most. */
function textsOf(document: DocumentNode): readonly string[] {
  const written = document.definitions.map(({ loc }) => loc?.source.body.slice(loc.start, loc.end))
  return written.every((text) => text !== undefined) ? [written.join('\n'), print(document)] : [print(document)]
}

function sortByName<S extends string>(operations: Record<string, ManifestEntry<S>>): Record<string, ManifestEntry<S>> {
  return Object.fromEntries(
    Object.entries(operations).sort(
      ([a, { name: nameA }], [b, { name: nameB }]) => compare(nameA ?? '', nameB ?? '') || compare(a, b),
    ),
  )
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
