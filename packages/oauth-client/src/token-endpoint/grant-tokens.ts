import type { IdTokenClaims } from '@scopewise/token-core/id-token'
import type { Context } from './context.js'
import { isAskable } from './scope.js'
import type { TokenResponse } from './token-response.js'
import type { Tokens } from './tokens.js'

/** Makes what the caller keeps of a token response. Pure but for the clock of the context. */
export function grantTokens(
  context: Context,
  response: TokenResponse,
  asked: readonly string[],
  claims?: IdTokenClaims,
): Tokens {
  const obtainedAt = context.now()
  const { accessToken, refreshToken, idToken, expiresIn } = response
  return {
    accessToken,
    tokenType: 'Bearer',
    ...(refreshToken !== undefined && { refreshToken }),
    ...(idToken !== undefined && claims && { idToken, claims, signatureVerified: false }),
    // RFC 6749 §5.1: a server that says nothing granted what was asked for.
    scope: (response.scope ?? asked).filter((value) => isAskable(context, value)),
    expiresAt: expiresIn === undefined ? undefined : obtainedAt + expiresIn,
    obtainedAt,
  }
}
