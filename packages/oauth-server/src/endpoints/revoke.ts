import { createVerifier } from '@scopewise/token-core'
import { digest } from '@scopewise/token-core/encoding'
import { authenticateClient } from '../client-auth/client-auth.js'
import type { Config } from '../config/config.js'
import type { Context } from '../context.js'
import { invalidRequest, OAuthError } from '../errors.js'
import { readForm } from '../http/form.js'
import { single } from '../http/parameters.js'
import { emptyResponse } from '../http/responses.js'
import { refuseQuery } from './token.js'

/** What a presented token turned out to be. */
interface Known {
  readonly clientId: string
  /** Undefined for a client's own access token, which belongs to no grant. */
  readonly grantId: string | undefined
}

/** The revocation endpoint: revokes the grant that the token came from. RFC 7009 §2. */
export async function revoke(request: Request, context: Context): Promise<Response> {
  refuseQuery(request)
  const form = await readForm(request)
  const client = await authenticateClient(context, request, form)
  const token = single(form, 'token')
  if (token === undefined) throw invalidRequest('The parameter token is missing.')
  // RFC 7009 §2.1: the hint is only a hint, so both kinds are searched whatever it says.
  const known = (await findRefreshToken(context, token)) ?? (await readAccessToken(context, token))
  if (!known) return emptyResponse() // RFC 7009 §2.2: unknown tokens too
  if (known.clientId !== client.clientId)
    throw invalidRequest('The token was issued to another client.', 'wrong_client')
  if (known.grantId === undefined) {
    // Nothing here could take effect, so nothing is claimed.
    throw new OAuthError('unsupported_token_type', {
      description: 'A client token ends by itself and can not be revoked.',
      reason: 'no_grant',
    })
  }
  const { grantId, clientId } = { ...known, grantId: known.grantId }
  if (await context.store.revokeGrant(grantId, context.now()))
    context.emit('grant.revoked', { grantId, clientId, reason: 'client_request' })
  return emptyResponse()
}

async function findRefreshToken({ store }: Context, token: string): Promise<Known | undefined> {
  const found = await store.findRefreshToken(await digest(token))
  return found && { clientId: found.grant.clientId, grantId: found.grant.id }
}

/** Reads one of our own live access tokens; whatever else it is has nothing left to revoke. */
async function readAccessToken({ config, issuers, now }: Context, jwt: string): Promise<Known | undefined> {
  if (jwt.split('.').length !== 3) return undefined
  for (const audience of config.resources.keys()) {
    try {
      const { claims } = await verifierFor(config, issuers.publicKeys, audience, now).verify(jwt)
      return { clientId: claims.client_id, grantId: claims.grant_id }
    } catch {
      // Not for this resource, expired, or not ours.
    }
  }
  return undefined
}

function verifierFor(
  { token, issuer }: Config,
  keys: Context['issuers']['publicKeys'],
  audience: string,
  now: Context['now'],
) {
  return createVerifier({ token, audience, issuers: { [issuer]: keys }, now })
}
