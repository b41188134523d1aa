import {
  createIdTokenIssuer,
  createIssuer,
  type IdTokenIssuer,
  type Issuer,
  type KeyRing,
  type KeySource,
} from '@scopewise/token-core'
import type { Config } from '../config/config.js'
import { askRing } from './key-ring.js'

/** What makes this server's tokens, and the keys that verify them. */
export interface TokenIssuers {
  readonly accessToken: Issuer<string, unknown>
  readonly idToken: IdTokenIssuer
  readonly publicKeys: KeySource
}

export function createTokenIssuers({ issuer, token, now, lifetimes }: Config, ring: KeyRing): TokenIssuers {
  return {
    accessToken: createIssuer({ token, issuer, keys: () => askRing(ring.signingKey('ES256')), now }),
    idToken: createIdTokenIssuer({
      issuer,
      keys: (algorithm) => askRing(ring.signingKey(algorithm)),
      lifetime: lifetimes.idToken,
      now,
    }),
    publicKeys: ring,
  }
}
