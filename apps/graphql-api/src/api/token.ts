import type { NoClaims, VerifiedAccessToken } from '@scopewise/token-core'
import type { Scope } from '../scopes.js'

/** A verified access token of the example. */
export type Token = VerifiedAccessToken<NoClaims, Scope>
