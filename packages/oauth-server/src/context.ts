import type { KeyRing } from '@scopewise/token-core'
import type { ClientDirectory } from './clients/directory.js'
import type { Config } from './config/config.js'
import type { Secrets } from './crypto/secrets.js'
import type { Emit } from './events.js'
import type { CachedDocument } from './http/responses.js'
import type { VerifyAssertion } from './keys/assertions.js'
import type { DpopVerifiers } from './keys/dpop.js'
import type { TokenIssuers } from './keys/token-issuers.js'
import type { Limits } from './limits/limits.js'
import type { GuardedFetch } from './network/guarded-fetch.js'
import type { Store } from './storage/store.js'
import type { Seconds } from './time.js'

/** What every endpoint works with. */
export interface Context {
  readonly config: Config
  readonly store: Store
  readonly secrets: Secrets
  readonly clients: ClientDirectory
  readonly limits: Limits
  /** For URLs that others name: `jwks_uri`, client metadata documents. */
  readonly guardedFetch: GuardedFetch
  readonly keys: KeyRing
  readonly issuers: TokenIssuers
  readonly dpop: DpopVerifiers
  readonly assertions: VerifyAssertion
  readonly emit: Emit
  readonly now: () => Seconds
  /** The absolute URL of a route of this server. */
  readonly url: (path: string) => string
  readonly metadata: CachedDocument
}
