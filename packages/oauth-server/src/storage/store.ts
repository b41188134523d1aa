import type { Seconds } from '../time.js'

/** One completed authorization: the aggregate that its code and all its refresh tokens belong to. */
export interface Grant {
  readonly id: string
  readonly clientId: string
  readonly subject: string
  /** What was granted for good; a single token may carry less. */
  readonly scope: readonly string[]
  /** RFC 8707 identifiers that tokens of this grant may be meant for. */
  readonly resources: readonly string[]
  readonly authTime: Seconds
  readonly acr: string | undefined
  readonly amr: readonly string[] | undefined
  /** The `sid` of the session in which it was granted. */
  readonly sessionId: string
  readonly createdAt: Seconds
  /** From then on nothing of this grant can be alive, and `expire` removes it with all that belongs to it. */
  readonly expiresAt: Seconds
  readonly revokedAt: Seconds | undefined
}

/** An authorization code, known by its hash. Its row outlives its lifetime: a replay stays recognisable while the grant lives. */
export interface AuthorizationCode {
  readonly hash: string
  readonly grantId: string
  readonly redirectUri: string
  readonly codeChallenge: string
  readonly nonce: string | undefined
  readonly expiresAt: Seconds
  readonly redeemedAt: Seconds | undefined
}

/** What the winning rotation leaves on the parent, so that a retry can compute the same successor again. */
export interface Rotation {
  readonly at: Seconds
  /** A retry may be answered before this instant; later calls never move it. */
  readonly retryUntil: Seconds
  readonly successorHash: string
  /** Whether the successor was itself rotated. */
  readonly successorUsed: boolean
  /** What the successor was derived with; undefined once the window has closed. */
  readonly derivation: SuccessorDerivation | undefined
}

export interface SuccessorDerivation {
  readonly salt: string
  readonly kid: string
}

/** A refresh token, known by its hash. Rotated ones stay as tombstones while the grant lives. */
export interface RefreshToken {
  readonly hash: string
  readonly grantId: string
  readonly createdAt: Seconds
  readonly expiresAt: Seconds
  readonly rotation: Rotation | undefined
}

/** A browser's login, known by the hash of what its cookie holds. */
export interface Session {
  readonly hash: string
  /** The public identifier, `sid` in ID tokens. */
  readonly id: string
  readonly subject: string
  /** What the consent page calls the account. */
  readonly name: string | undefined
  readonly authTime: Seconds
  readonly acr: string | undefined
  readonly amr: readonly string[] | undefined
  /** The attempt of the interaction in which this login happened. */
  readonly loginAttempt: string
  readonly expiresAt: Seconds
}

/** What a subject allowed a client, for good. */
export interface Consent {
  readonly subject: string
  readonly clientId: string
  readonly scope: readonly string[]
}

/** The wrapped signing keys and the version that {@link Store.casKeys} compares. */
export interface StoredKeys {
  readonly version: number
  readonly wrapped: string
}

/** All that one completed authorization writes, in one step. */
export interface Authorization {
  /** Burnt by the same step; undefined when nobody had to be asked. */
  readonly interaction: { readonly id: string; readonly expiresAt: Seconds } | undefined
  /** Added to what was allowed before. */
  readonly consent: Consent | undefined
  readonly grant: Grant
  readonly code: AuthorizationCode
}

/** What redeeming a code buys, stored by the step that redeems it. */
export interface Bought {
  readonly refreshToken: RefreshToken | undefined
  readonly grantExpiresAt: Seconds
}

/** The child of a rotation, stored by the step that rotates. */
export interface Successor {
  readonly token: RefreshToken
  readonly derivation: SuccessorDerivation
  readonly retryUntil: Seconds
  readonly grantExpiresAt: Seconds
}

export type AuthorizationOutcome = 'stored' | 'replayed'
export type RedemptionOutcome = 'redeemed' | 'already_redeemed' | 'gone'
export type RotationOutcome =
  | { readonly outcome: 'rotated' }
  | { readonly outcome: 'already_rotated'; readonly token: RefreshToken }
  | { readonly outcome: 'revoked' }
  | { readonly outcome: 'gone' }

/**
 * The contract between the server and its storage: records are read by id or hash, state changes only through the
 * transitions below, each atomic over all processes, each with an outcome that says who won. `at` is the caller's now.
 * An adapter is right when it passes every case of `@scopewise/oauth-server/testkit`.
 */
export interface Store {
  /** `memory` may be used without a configured secret, since nothing outlives the process. */
  readonly durability: 'memory' | 'durable'

  /** Stores grant, code and consent and burns the interaction; `replayed` when it was burnt before, and then stores nothing. */
  putAuthorization(authorization: Authorization, at: Seconds): Promise<AuthorizationOutcome>
  findAuthorizationCode(hash: string): Promise<{ readonly code: AuthorizationCode; readonly grant: Grant } | undefined>
  /** Wins at most once per code. `gone`: unknown, expired, or its grant was revoked. */
  redeemAuthorizationCode(hash: string, at: Seconds, bought: Bought): Promise<RedemptionOutcome>

  findRefreshToken(hash: string): Promise<{ readonly token: RefreshToken; readonly grant: Grant } | undefined>
  /** Wins at most once per token. Using a token erases what it was derived with; so does the end of any retry window. */
  rotateRefreshToken(hash: string, at: Seconds, successor: Successor): Promise<RotationOutcome>

  findGrant(id: string): Promise<Grant | undefined>
  /** From then on nothing of this grant works. True for the call that revoked it. */
  revokeGrant(id: string, at: Seconds): Promise<boolean>

  findConsent(subject: string, clientId: string): Promise<Consent | undefined>

  findSession(hash: string): Promise<Session | undefined>
  /** Stores a session and removes the one it replaces, in one step. */
  replaceSession(session: Session, replaced: string | undefined): Promise<void>
  deleteSession(hash: string): Promise<void>

  /** `first` for exactly one caller until `expiresAt`, from which on the key is forgotten. */
  useOnce(key: string, expiresAt: Seconds, at: Seconds): Promise<'first' | 'replayed'>

  findKeys(): Promise<StoredKeys | undefined>
  /** Replaces the keys when `expectedVersion` (0 for none yet) is still current. */
  casKeys(expectedVersion: number, wrapped: string): Promise<boolean>

  /** Removes at most `limit` rows of each kind that can never matter again, and closes retry windows. Safe on every node at once. Gives the number of removed rows. */
  expire(at: Seconds, limit: number): Promise<number>
  close(): Promise<void>
}
