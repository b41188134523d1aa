import { digest } from '@scopewise/token-core/encoding'
import { authenticateClient } from '../client-auth/client-auth.js'
import type { Context } from '../context.js'
import { invalidRequest, OAuthError } from '../errors.js'
import { readForm } from '../http/form.js'
import { single } from '../http/parameters.js'
import { emptyResponse } from '../http/responses.js'
import { findLiveToken } from '../tokens/live-token.js'
import { refuseQuery } from './token.js'

/** What a presented token turned out to be. */
interface Known {
  readonly clientId: string
  /** Undefined for a client's own access token, which belongs to no grant. */
  readonly grantId: string | undefined
  /** The hash of an opaque token. */
  readonly hash: string | undefined
}

/** The revocation endpoint: revokes the grant that the token came from. RFC 7009 §2. */
export async function revoke(request: Request, context: Context): Promise<Response> {
  refuseQuery(request)
  const form = await readForm(request)
  const client = await authenticateClient(context, request, form)
  const token = single(form, 'token')
  if (token === undefined) throw invalidRequest('The parameter token is missing.')
  // RFC 7009 §2.1: the hint is only a hint, so both kinds are searched whatever it says.
  const known = (await findRefreshToken(context, token)) ?? (await findAccessToken(context, token))
  if (!known) return emptyResponse() // RFC 7009 §2.2: unknown tokens too
  if (known.clientId !== client.clientId)
    throw invalidRequest('The token was issued to another client.', 'wrong_client')
  await end(context, known)
  return emptyResponse()
}

async function end({ store, emit, now }: Context, { clientId, grantId, hash }: Known): Promise<void> {
  if (grantId !== undefined) {
    if (await store.revokeGrant(grantId, now())) emit('grant.revoked', { grantId, clientId, reason: 'client_request' })
  } else if (hash !== undefined) {
    await store.deleteOpaqueToken(hash)
  } else {
    // Nothing here could take effect, so nothing is claimed.
    throw new OAuthError('unsupported_token_type', {
      description: 'A client token that is a JWT ends by itself and can not be revoked.',
      reason: 'no_grant',
    })
  }
}

async function findRefreshToken({ store }: Context, token: string): Promise<Known | undefined> {
  const found = await store.findRefreshToken(await digest(token))
  return found && { clientId: found.grant.clientId, grantId: found.grant.id, hash: undefined }
}

/** One of our own live access tokens; whatever else it is has nothing left to revoke. */
async function findAccessToken(context: Context, token: string): Promise<Known | undefined> {
  const live = await findLiveToken(context, token)
  return live && { clientId: live.claims.client_id, grantId: live.claims.grant_id, hash: live.hash }
}
