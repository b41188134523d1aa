import { OAuthClientError } from '../errors.js'
import type { Context } from '../token-endpoint/context.js'
import { postForm, refusal } from '../token-endpoint/request-tokens.js'
import type { Tokens } from '../token-endpoint/tokens.js'

/**
 * Revokes a token; of a set of tokens the refresh token, with which servers end the whole grant. RFC 7009 §2.1.
 *
 * Resolves also for a token that was no longer valid (§2.2).
 */
export async function revoke(context: Context, token: Tokens | string): Promise<void> {
  const { revocationEndpoint } = await context.metadata()
  if (!revocationEndpoint) throw new OAuthClientError('not_supported', `${context.issuer} has no revocation endpoint`)
  const answer = await postForm(context, revocationEndpoint, toRevoke(token))
  if (answer.status !== 200) throw refusal('The revocation endpoint', answer)
}

function toRevoke(token: Tokens | string): { token: string; token_type_hint?: string } {
  if (typeof token === 'string') return { token }
  const { refreshToken, accessToken } = token
  return refreshToken === undefined
    ? { token: accessToken, token_type_hint: 'access_token' }
    : { token: refreshToken, token_type_hint: 'refresh_token' }
}
