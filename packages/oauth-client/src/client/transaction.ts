type Awaitable<T> = T | Promise<T>

/** What a login that was started has to remember until it is finished. Plain data: it may be kept as JSON. */
export interface Transaction {
  /** The PKCE code verifier. A secret until the code is exchanged. */
  readonly verifier: string
  readonly redirectUri: string
  readonly scope: readonly string[]
  readonly nonce?: string | undefined
  readonly resource?: string | undefined
  readonly maxAge?: number | undefined
  readonly acrValues?: readonly string[] | undefined
  readonly returnTo?: string | undefined
  /** Epoch seconds. */
  readonly startedAt: number
  /** Epoch seconds. */
  readonly expiresAt: number
}

/** Where transactions wait. The key is a hash of the issuer, the client, the session and the state, so one store may serve many clients. */
export interface TransactionStore {
  put(key: string, transaction: Transaction): Awaitable<void>
  /** Gives the transaction and removes it, in one atomic step: of several callers at most one gets it. */
  take(key: string): Awaitable<Transaction | undefined>
}
