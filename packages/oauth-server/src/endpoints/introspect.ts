import { digest } from '@scopewise/token-core/encoding'
import { authenticateClient } from '../client-auth/client-auth.js'
import type { Client } from '../config/client.js'
import type { Context } from '../context.js'
import { invalidRequest, OAuthError } from '../errors.js'
import { readForm } from '../http/form.js'
import { single } from '../http/parameters.js'
import { jsonResponse } from '../http/responses.js'
import { findLiveToken, mayRead } from '../tokens/live-token.js'
import { refuseQuery } from './token.js'

type Answer = Readonly<Record<string, unknown>>

/** RFC 7662 §2.2: nothing else, so that nobody learns why. */
const INACTIVE: Answer = { active: false }

/** The introspection endpoint: tells an API about tokens that are for it, and a client about its own. RFC 7662 §2. */
export async function introspect(request: Request, context: Context): Promise<Response> {
  refuseQuery(request)
  const form = await readForm(request)
  const client = await authenticateClient(context, request, form)
  if (client.authMethod === 'none') {
    // RFC 7662 §2.1, §4: whoever only says a name could try out tokens.
    throw new OAuthError('invalid_client', {
      description: 'Introspection needs a client that authenticates.',
      reason: 'public_client',
    })
  }
  // Through an API pass the tokens of strangers, none of whom may end its questions; and nobody guesses one of 256 random bits.
  const isApi = client.introspects.size > 0
  if (!isApi) await context.limits.refuse('token_guess', request, client.clientId)
  const token = single(form, 'token')
  if (token === undefined) throw invalidRequest('The parameter token is missing.', 'missing_token')
  const [first, second] =
    single(form, 'token_type_hint') === 'refresh_token'
      ? [describeRefreshToken, describeAccessToken]
      : [describeAccessToken, describeRefreshToken]
  // RFC 7662 §2.1: the hint is only a hint.
  const answer = (await first(context, client, token)) ?? (await second(context, client, token))
  // RFC 7662 §4: whoever has tokens of its own alone to ask about, and asks about many that are none, may be guessing.
  if (!answer && !isApi) await context.limits.fail('token_guess', request, client.clientId)
  return jsonResponse(answer ?? INACTIVE)
}

async function describeAccessToken(context: Context, client: Client, token: string): Promise<Answer | undefined> {
  const live = await findLiveToken(context, token)
  if (!live || !mayRead(client, live)) return undefined
  const { claims } = live
  return { active: true, ...claims, token_type: claims.cnf?.jkt === undefined ? 'Bearer' : 'DPoP' }
}

/** A refresh token is nobody's business but its client's. */
async function describeRefreshToken(
  { store, config, now }: Context,
  { clientId }: Client,
  text: string,
): Promise<Answer | undefined> {
  // A JWT is no refresh token of this server.
  if (text.includes('.')) return undefined
  const found = await store.findRefreshToken(await digest(text))
  if (!found || found.grant.clientId !== clientId) return undefined
  const { token, grant } = found
  const exp = Math.min(token.expiresAt, grant.refreshUntil)
  if (token.rotation || grant.revokedAt !== undefined || exp <= now()) return undefined
  return {
    active: true,
    iss: config.issuer,
    sub: grant.subject,
    client_id: clientId,
    scope: grant.scope.join(' '),
    iat: token.createdAt,
    exp,
    grant_id: grant.id,
    ...(token.jkt !== undefined && { cnf: { jkt: token.jkt } }),
  }
}
