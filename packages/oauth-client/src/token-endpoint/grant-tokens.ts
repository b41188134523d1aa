import type { OAuthClient, OidcScope } from '../client/client.js'
import { isAskable } from './scope.js'
import type { TokenResponse } from './token-response.js'
import type { CheckedIdToken, Tokens } from './tokens.js'

/** Makes what the caller keeps of a token response. Pure but for the clock of the client. */
export function grantTokens<S extends string>(
  client: OAuthClient<S>,
  response: TokenResponse,
  asked: readonly string[],
  checked?: CheckedIdToken,
): Tokens<S | OidcScope> {
  const obtainedAt = client.now()
  const { accessToken, refreshToken, idToken, expiresIn } = response
  return {
    accessToken,
    tokenType: client.dpop ? 'DPoP' : 'Bearer',
    ...(refreshToken !== undefined && { refreshToken }),
    ...(idToken !== undefined && checked && { idToken, ...checked }),
    // RFC 6749 §5.1: a server that says nothing granted what was asked for.
    scope: (response.scope ?? asked).filter((value) => isAskable(client, value)),
    expiresAt: expiresIn === undefined ? undefined : obtainedAt + expiresIn,
    obtainedAt,
  }
}
