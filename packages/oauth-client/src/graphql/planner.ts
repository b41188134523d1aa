import { decodeBase64url, sha256 } from '@scopewise/token-core/encoding'
import type { ScopePlanner } from '../fetch/call.js'
import { isJsonType, isObject, readJson } from '../http/json.js'
import { normalizeOperation } from './normal-form.js'

/** What the directive package's tools write for the operations of a client. */
export interface OperationManifest {
  readonly version: 1
  /** By the SHA-256 of the operation in normal form, in lower-case hexadecimal digits. */
  readonly operations: Readonly<
    Record<
      string,
      {
        readonly name: string | null
        /** Sets of scope values, each of which is enough; `[]` and `[[]]` need none. */
        readonly requiredScopes: readonly (readonly string[])[]
        /** Whether its variables can add to that. */
        readonly conditional: boolean
      }
    >
  >
}

/** A GraphQL request, as it is sent. */
export interface OperationRequest {
  readonly query: string
  readonly operationName?: string | null | undefined
}

/**
 * Looks an operation up: the sets of scope values of which any one is enough, the preferred one first; undefined when the manifest does
 * not list it. What its variables add is not in there: for that the API answers with a challenge.
 */
export async function scopesFor(
  manifest: OperationManifest,
  { query, operationName }: OperationRequest,
): Promise<readonly (readonly string[])[] | undefined> {
  const text = normalizeOperation(query, operationName)
  const hash = text && toHex(decodeBase64url(await sha256(text)))
  return hash && Object.hasOwn(manifest.operations, hash) ? manifest.operations[hash]?.requiredScopes : undefined
}

const toHex = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')

/** No request is read further than this to find out what it needs. In characters. */
const MAX_BODY = 1_000_000

/**
 * Makes the `scopesFor` of `createFetch`: a request that posts an operation of the manifest asks for what is missing before it is sent.
 *
 * @throws {TypeError} for a manifest of another version
 */
export function scopePlanner(manifest: OperationManifest): ScopePlanner {
  if (manifest.version !== 1)
    throw new TypeError('scopePlanner reads manifests of version 1: make it anew with the tools')
  // The same few texts are sent again and again.
  const known = new Map<string, ReturnType<typeof scopesFor>>()
  return async (request) => {
    if (request.method !== 'POST' || !isJsonType(request.headers.get('content-type'))) return undefined
    const operation = readOperation(await request.text())
    if (!operation) return undefined
    const key = JSON.stringify([operation.operationName, operation.query])
    const found = known.get(key) ?? scopesFor(manifest, operation)
    if (known.size > 1000) known.clear()
    known.set(key, found)
    return found
  }
}

function readOperation(text: string): OperationRequest | undefined {
  const body = text.length > MAX_BODY ? undefined : readJson(text)
  if (!isObject(body) || typeof body['query'] !== 'string') return undefined
  const { query, operationName } = body
  return { query, operationName: typeof operationName === 'string' ? operationName : undefined }
}
