import { sha256 } from '@scopewise/token-core/encoding'
import type { Context } from '../context.js'
import { documentResponse } from '../http/responses.js'

/** The authorization server metadata, the same document for RFC 8414 and OpenID Connect Discovery. */
export async function metadataDocument(request: Request, context: Context): Promise<Response> {
  return documentResponse(request, context.metadata)
}

/** The public keys. RFC 7517 §5. */
export async function jwksDocument(request: Request, context: Context): Promise<Response> {
  const body = JSON.stringify({ keys: await context.keys.publicKeys() })
  return documentResponse(request, { body, etag: `"${await sha256(body)}"` })
}
