import {
  type AccessTokenType,
  createIdTokenIssuer,
  createIssuer,
  type IdTokenIssuer,
  type Issuer,
  type KeyRing,
  type KeySource,
} from '@scopewise/token-core'
import type { Config } from '../config/config.js'
import { isOidcScope } from '../config/oidc-scopes.js'
import { askRing } from './key-ring.js'

/** What makes this server's tokens, and the keys that verify them. */
export interface TokenIssuers {
  readonly accessToken: Issuer<string, unknown>
  /** For userinfo alone: the claims that APIs read have no place in it. */
  readonly userinfoToken: Issuer<string, unknown>
  readonly idToken: IdTokenIssuer
  readonly publicKeys: KeySource
}

export function createTokenIssuers({ issuer, token, now, lifetimes }: Config, ring: KeyRing): TokenIssuers {
  const keys = () => askRing(ring.signingKey('ES256'))
  const widened = withOidcScopes(token)
  return {
    accessToken: createIssuer({ token: widened, issuer, keys, now }),
    userinfoToken: createIssuer({ token: { ...widened, claims: undefined }, issuer, keys, now }),
    idToken: createIdTokenIssuer({
      issuer,
      keys: (algorithm) => askRing(ring.signingKey(algorithm)),
      lifetime: lifetimes.idToken,
      now,
    }),
    publicKeys: ring,
  }
}

/** A token that userinfo accepts says which of its claims it opens, in scope values that no application declares. OIDC Core §5.4. */
function withOidcScopes(token: AccessTokenType<string, unknown>): AccessTokenType<string, unknown> {
  const { scopes } = token
  const has = (value: string): value is string => scopes.has(value) || isOidcScope(value)
  return { ...token, scopes: { ...scopes, has } }
}
