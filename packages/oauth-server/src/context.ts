import type { KeyRing } from '@scopewise/token-core'
import type { Config } from './config/config.js'
import type { Secrets } from './crypto/secrets.js'
import type { Emit } from './events.js'
import type { CachedDocument } from './http/responses.js'
import type { TokenIssuers } from './keys/token-issuers.js'
import type { Store } from './storage/store.js'
import type { Seconds } from './time.js'

/** What every endpoint works with. */
export interface Context {
  readonly config: Config
  readonly store: Store
  readonly secrets: Secrets
  readonly keys: KeyRing
  readonly issuers: TokenIssuers
  readonly emit: Emit
  readonly now: () => Seconds
  /** The absolute URL of a route of this server. */
  readonly url: (path: string) => string
  readonly metadata: CachedDocument
}
