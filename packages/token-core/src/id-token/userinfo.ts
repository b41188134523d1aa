import { openToken, type Profile } from '../claims/open.js'
import { COMMON_RULES, isText } from '../claims/rules.js'
import { TokenError } from '../errors.js'
import { currentTime } from '../jwt/time.js'
import type { KeySource } from '../keys/key-source.js'

/** OIDC Core §5.3.2: a signed answer has `iss` and `aud`; times are an issuer's choice, and count where they are. */
const PROFILE: Profile = {
  types: ['jwt', undefined],
  rules: {
    iss: COMMON_RULES.iss,
    sub: ['required', isText],
    aud: COMMON_RULES.aud,
    exp: ['optional', COMMON_RULES.exp[1]],
    iat: ['optional', COMMON_RULES.iat[1]],
    // Back-Channel Logout §2.4: this would be a logout token.
    events: ['refused', () => false],
  },
}

/** What {@link verifyUserinfo} takes. */
export interface UserinfoContext {
  readonly issuer: string
  readonly clientId: string
  readonly keys: KeySource
  /** Seconds that two clocks may differ. @default 10 */
  readonly clockTolerance?: number | undefined
  /** Epoch seconds. */
  readonly now?: (() => number) | undefined
}

/**
 * Verifies a signed answer of a userinfo endpoint: signature, issuer, audience, and the time where it says one. OIDC Core §5.3.2.
 * NOT checked: that it is about the subject of the ID token, which the caller compares.
 * @throws {TokenError}
 */
export async function verifyUserinfo(
  jwt: string,
  { issuer, clientId, keys, clockTolerance = 10, now = currentTime }: UserinfoContext,
): Promise<Readonly<Record<string, unknown>>> {
  const { claims } = await openToken(jwt, PROFILE, ({ iss }) => (iss === issuer ? keys : undefined))
  if (![claims['aud']].flat().includes(clientId)) throw new TokenError('wrong_audience')
  const { exp } = claims
  if (typeof exp === 'number' && now() >= exp + clockTolerance) throw new TokenError('expired')
  return claims
}
