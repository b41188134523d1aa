import type { JwkSet } from '@scopewise/token-core'
import type { Context } from '../context.js'
import { type CachedDocument, createDocument, documentResponse } from '../http/responses.js'
import { askRing } from '../keys/key-ring.js'

/** The authorization server metadata, the same document for RFC 8414 and OpenID Connect Discovery. */
export async function metadataDocument(request: Request, context: Context): Promise<Response> {
  return documentResponse(request, context.metadata)
}

/** The public keys, to be kept until the set changes. RFC 7517 §5. */
export async function jwksDocument(request: Request, context: Context): Promise<Response> {
  const { set, cacheControl } = await askRing(context.keys.jwks())
  const known = documents.get(set)
  if (known?.fields['cache-control'] === cacheControl) return documentResponse(request, known)
  const document = await createDocument(set, cacheControl)
  documents.set(set, document)
  return documentResponse(request, document)
}

/** A ring gives the same set until it changes, and for the same time until a change is near. */
const documents = new WeakMap<JwkSet, CachedDocument>()
