import type { Seconds } from '../time.js'
import type {
  AuthorizationCode,
  Consent,
  Count,
  Counter,
  DeviceCode,
  Grant,
  OneTimeKey,
  OpaqueToken,
  PushedRequest,
  RefreshToken,
  RegisteredClient,
  Session,
  StoredKeys,
  SuccessorDerivation,
} from './records.js'

export type * from './records.js'

/** All that one completed authorization writes, in one step. */
export interface Authorization {
  /** Burnt by the same step; undefined when nobody had to be asked. */
  readonly interaction: OneTimeKey | undefined
  /** The pushed request it came from, burnt by the same step. RFC 9126 §4 */
  readonly pushedRequest: OneTimeKey | undefined
  /** Added to what was allowed before. */
  readonly consent: Consent | undefined
  readonly grant: Grant
  readonly code: AuthorizationCode
}

/** What approving a device writes, in one step. */
export interface DeviceApproval {
  readonly consent: Consent | undefined
  readonly grant: Grant
}

/** What redeeming a code buys, stored by the step that redeems it. */
export interface Bought {
  readonly refreshToken: RefreshToken | undefined
  /** Undefined where access tokens are JWTs. */
  readonly accessToken: OpaqueToken | undefined
  readonly grantExpiresAt: Seconds
}

/** Who presents a refresh token, compared by the step that uses it. */
export interface Holder {
  readonly clientId: string
  /** The thumbprint of the key whose proof came with the request. */
  readonly jkt: string | undefined
}

/** What using a refresh token without rotating it buys. */
export interface Use {
  readonly accessToken: OpaqueToken | undefined
  /** Its idle lifetime from now on. */
  readonly expiresAt: Seconds
  readonly grantExpiresAt: Seconds
}

/** The child of a rotation, stored by the step that rotates. It inherits grant and key of its parent. */
export interface Successor extends Use {
  readonly hash: string
  readonly derivation: SuccessorDerivation
  readonly retryUntil: Seconds
}

export interface FoundCode {
  readonly code: AuthorizationCode
  readonly grant: Grant
}

export interface FoundRefreshToken {
  readonly token: RefreshToken
  readonly grant: Grant
}

export interface FoundOpaqueToken {
  readonly token: OpaqueToken
  readonly grant: Grant | undefined
}

export type AuthorizationOutcome = 'stored' | 'replayed'
export type RedemptionOutcome = 'redeemed' | 'already_redeemed' | 'gone'
/** `refused` shows the row as it is now: `refuseRefresh` reads from it why, the winner's successor included. */
export type RotationOutcome =
  | { readonly outcome: 'rotated'; readonly grant: Grant }
  | { readonly outcome: 'refused'; readonly found: FoundRefreshToken | undefined }
export type UseOutcome =
  | { readonly outcome: 'used'; readonly grant: Grant }
  | { readonly outcome: 'refused'; readonly found: FoundRefreshToken | undefined }
export type ClaimOutcome =
  | { readonly outcome: 'claimed'; readonly code: DeviceCode }
  | { readonly outcome: 'claimed_by_other' | 'gone' }
export type DecisionOutcome = 'decided' | 'already_decided' | 'gone'
/** `interval` is what the device has to wait from now on. */
export type PollOutcome =
  | { readonly outcome: 'pending' | 'slow_down'; readonly interval: Seconds }
  | { readonly outcome: 'approved'; readonly code: DeviceCode; readonly grant: Grant }
  | { readonly outcome: 'denied' | 'redeemed' | 'expired' | 'gone' }
export type ReplacementOutcome = 'replaced' | 'conflict' | 'gone'

/**
 * The contract between the server and its storage: records are read by id or hash, state changes only through the
 * transitions below, each atomic over all processes, each with an outcome that says who won. `at` is the caller's now.
 * Nothing of a grant works once it is revoked, and no row once it is expired. A rejected promise means: not known whether it took
 * effect. An adapter is right when it passes every case of `@scopewise/oauth-server/testkit`.
 */
export interface Store {
  /** `memory` may be used without a configured secret, since nothing outlives the process. */
  readonly durability: 'memory' | 'durable'

  /**
   * Burns interaction and pushed request, in this order and up to the first that was burnt before, and stores grant, code
   * and consent; `replayed` when one was burnt before, and then stores nothing.
   */
  putAuthorization(authorization: Authorization, at: Seconds): Promise<AuthorizationOutcome>
  findAuthorizationCode(hash: string): Promise<FoundCode | undefined>
  /** Wins at most once per code. `gone`: unknown, expired, or its grant was revoked. */
  redeemAuthorizationCode(hash: string, at: Seconds, bought: Bought): Promise<RedemptionOutcome>

  findRefreshToken(hash: string): Promise<FoundRefreshToken | undefined>
  /**
   * Wins at most once per token, and only for its holder: the client, and the key if it is bound to one. Using a token erases
   * what it was derived with; so does the end of any retry window, at the next rotation or `expire`.
   */
  rotateRefreshToken(hash: string, at: Seconds, holder: Holder, successor: Successor): Promise<RotationOutcome>
  /** Uses a token that is not rotated, as often as it lives: moves its idle lifetime, never back. */
  useRefreshToken(hash: string, at: Seconds, holder: Holder, use: Use): Promise<UseOutcome>

  /** Stores one more access token of a living grant, or of a client itself. `gone`: the grant was revoked. */
  putOpaqueToken(token: OpaqueToken): Promise<'stored' | 'gone'>
  findOpaqueToken(hash: string): Promise<FoundOpaqueToken | undefined>
  /** Ends a token that has no grant to be revoked. True for the call that ended it. */
  deleteOpaqueToken(hash: string): Promise<boolean>

  /** `user_code_taken`: another device authorization has this user code, expired or not, until `expire` removes it. */
  putDeviceCode(code: DeviceCode): Promise<'stored' | 'user_code_taken'>
  /** Binds a pending device code to the first session that opens it; the same session may come back. */
  claimDeviceCode(userCodeHash: string, sessionId: string, at: Seconds): Promise<ClaimOutcome>
  /** Stores grant and consent for the session that claimed it. Of approvals and denials one wins. */
  approveDeviceCode(
    userCodeHash: string,
    sessionId: string,
    at: Seconds,
    approval: DeviceApproval,
  ): Promise<DecisionOutcome>
  denyDeviceCode(userCodeHash: string, sessionId: string, at: Seconds): Promise<DecisionOutcome>
  /** Records a poll of a pending code; the same write decides `slow_down` and lengthens the interval by 5 seconds. RFC 8628 §3.5. `gone`: unknown, another client's, or its grant was revoked. */
  pollDeviceCode(hash: string, clientId: string, at: Seconds): Promise<PollOutcome>
  /** Wins at most once per approved device code. `gone`: unknown, not approved, expired, or its grant was revoked. */
  redeemDeviceCode(hash: string, at: Seconds, bought: Bought): Promise<RedemptionOutcome>

  putPushedRequest(request: PushedRequest): Promise<void>
  /** Burnt ones too: {@link putAuthorization} says which are. */
  findPushedRequest(hash: string): Promise<PushedRequest | undefined>

  /** Stores a new client as version 1. */
  putClient(client: RegisteredClient): Promise<'stored' | 'taken'>
  findClient(clientId: string): Promise<RegisteredClient | undefined>
  /** Replaces a client whose version is still `expectedVersion`, and makes it the next version. */
  replaceClient(client: RegisteredClient, expectedVersion: number): Promise<ReplacementOutcome>
  /** Removes a client with its consents and opaque tokens of its own, and revokes its grants. True for the call that removed it. */
  deleteClient(clientId: string, at: Seconds): Promise<boolean>

  findGrant(id: string): Promise<Grant | undefined>
  /** The living grants of a subject, newest first, at most `limit`. */
  listGrants(subject: string, at: Seconds, limit: number): Promise<readonly Grant[]>
  /** From then on nothing of this grant works. True for the call that revoked it. */
  revokeGrant(id: string, at: Seconds): Promise<boolean>
  /** Revokes every grant of a subject, or those given to one client. Gives the ids of those that this call revoked. */
  revokeGrants(subject: string, clientId: string | undefined, at: Seconds): Promise<readonly string[]>

  findConsent(subject: string, clientId: string): Promise<Consent | undefined>
  listConsents(subject: string): Promise<readonly Consent[]>
  /** Forgets what a subject allowed a client and revokes the grants that came of it, in one step. Gives the ids of those that this call revoked. */
  revokeConsent(subject: string, clientId: string, at: Seconds): Promise<readonly string[]>

  findSession(hash: string): Promise<Session | undefined>
  /** Stores a session and removes the one it replaces, in one step. */
  replaceSession(session: Session, replaced: string | undefined): Promise<void>
  deleteSession(hash: string): Promise<void>
  /** The sessions of a subject that are not over, newest sign-in first, at most `limit`. */
  listSessions(subject: string, at: Seconds, limit: number): Promise<readonly Session[]>
  /** Ends every session of a subject, or the one with this `id`. Gives the ids of those that this call ended. */
  deleteSessions(subject: string, id: string | undefined): Promise<readonly string[]>

  /** `first` for exactly one caller until `expiresAt`, from which on the key is forgotten. */
  useOnce(key: string, expiresAt: Seconds, at: Seconds): Promise<'first' | 'replayed'>

  /** Counts one in each of these, all in one step, and says where they stand then: no two calls see the same count. */
  count(counters: readonly Counter[], at: Seconds): Promise<readonly Count[]>
  /** Takes one back from each of these, as far as they still run and never below 0: what was counted turned out well. */
  uncount(keys: readonly string[], at: Seconds): Promise<void>

  findKeys(): Promise<StoredKeys | undefined>
  /** Replaces the keys when `expectedVersion` (0 for none yet) is still current. */
  casKeys(expectedVersion: number, wrapped: string): Promise<boolean>

  /** Removes at most `limit` rows of each kind that can never matter again, and closes retry windows. Safe on every node at once. Gives the number of removed rows: 0 when nothing is left to do. */
  expire(at: Seconds, limit: number): Promise<number>
  close(): Promise<void>
}
