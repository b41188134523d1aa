import {
  createIdTokenIssuer,
  createIssuer,
  type IdTokenIssuer,
  type Issuer,
  type KeySource,
  localKeys,
} from '@scopewise/token-core'
import type { Config } from '../config/config.js'
import type { KeyRing } from './key-ring.js'

/** What makes this server's tokens, and the keys that verify them. */
export interface TokenIssuers {
  readonly accessToken: Issuer<string, unknown>
  readonly idToken: IdTokenIssuer
  readonly publicKeys: KeySource
}

export function createTokenIssuers({ issuer, token, now, lifetimes }: Config, ring: KeyRing): TokenIssuers {
  return {
    accessToken: createIssuer({ token, issuer, keys: () => ring.key('ES256'), now }),
    idToken: createIdTokenIssuer({
      issuer,
      keys: (algorithm = 'ES256') => ring.key(algorithm),
      lifetime: lifetimes.idToken,
      now,
    }),
    publicKeys: localKeys(async () => ({ keys: [...(await ring.publicKeys())] })),
  }
}
