import type { Seconds } from '../time.js'

/** One completed authorization: the aggregate that its code and all its tokens belong to. */
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
  /** The absolute lifetime: from then on no refresh token of this grant works, however often they were used. RFC 9700 §4.14.2 */
  readonly refreshUntil: Seconds
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
  /** The thumbprint of the key whose proof the redemption needs: `dpop_jkt`. RFC 9449 §10 */
  readonly jkt: string | undefined
  readonly expiresAt: Seconds
  readonly redeemedAt: Seconds | undefined
}

/** What the winning rotation leaves on the parent, so that a retry can compute the same successor again. */
export interface Rotation {
  readonly at: Seconds
  /** The thumbprint that was presented with the winning rotation: a retry has to present the same. */
  readonly jkt: string | undefined
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
  /** The thumbprint of the key it is bound to; every successor inherits it. RFC 9449 §5 */
  readonly jkt: string | undefined
  readonly createdAt: Seconds
  /** The idle lifetime: an unused token ends then, and all of a grant with its `refreshUntil`. */
  readonly expiresAt: Seconds
  readonly rotation: Rotation | undefined
}

/** An opaque access token, known by its hash. It works while its grant does. */
export interface OpaqueToken {
  readonly hash: string
  /** Undefined for a client's own token. */
  readonly grantId: string | undefined
  readonly clientId: string
  /** What a JWT in its place would carry. RFC 7662 §2.2 */
  readonly claims: Readonly<Record<string, unknown>>
  readonly expiresAt: Seconds
}

/** A device authorization, known by the hashes of its two codes. RFC 8628 §3.2. */
export interface DeviceCode {
  readonly hash: string
  /** User codes are short: keep an HMAC here, since a plain hash of one can be searched. */
  readonly userCodeHash: string
  readonly clientId: string
  readonly scope: readonly string[]
  readonly resources: readonly string[]
  /** The address that the device asked from, for whoever is to allow it; undefined where nobody told. */
  readonly requestedFrom: string | undefined
  readonly expiresAt: Seconds
  /** Seconds that the device has to wait between two polls; `slow_down` adds 5. RFC 8628 §3.5 */
  readonly interval: Seconds
  readonly status: 'pending' | 'approved' | 'denied' | 'redeemed'
  /** Who alone may approve or deny: the first signed-in browser that opened it. RFC 8628 §5.2 */
  readonly claimedBy: string | undefined
  /** What the approval granted. */
  readonly grantId: string | undefined
}

/** A pushed authorization request, known by the hash of its `request_uri`. RFC 9126 §2.2. */
export interface PushedRequest {
  readonly hash: string
  readonly clientId: string
  /** The request as its owner wrote it down; the store never reads it. */
  readonly request: string
  /** An authorization may be begun with it before this instant. */
  readonly expiresAt: Seconds
  /** The row stays until then, for those that were begun in time. */
  readonly keptUntil: Seconds
}

/** A client that registered itself. RFC 7591. */
export interface RegisteredClient {
  readonly clientId: string
  /** RFC 7592 §3 */
  readonly registrationTokenHash: string
  /** What {@link Store.replaceClient} compares; 1 for a new client. */
  readonly version: number
  /** The client's metadata, secrets as hashes only; the store never reads it. */
  readonly metadata: Readonly<Record<string, unknown>>
  readonly createdAt: Seconds
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

/** A key that is good for one use, and the instant from which on it is forgotten. */
export interface OneTimeKey {
  readonly id: string
  readonly expiresAt: Seconds
}

/** A counter of a rate limit: what is counted, and for how long from its first count on. */
export interface Counter {
  readonly key: string
  readonly window: Seconds
}

/** Where a counter stands after it was counted. */
export interface Count {
  readonly key: string
  readonly count: number
  /** When it begins anew. */
  readonly resetsAt: Seconds
}
