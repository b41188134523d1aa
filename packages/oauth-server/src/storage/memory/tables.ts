import type { Seconds } from '../../time.js'
import type {
  AuthorizationCode,
  Bought,
  Consent,
  DeviceCode,
  Grant,
  OpaqueToken,
  PushedRequest,
  RefreshToken,
  RegisteredClient,
  Session,
  StoredKeys,
  SuccessorDerivation,
} from '../store.js'

/** What only the store knows of a device code: its last poll. */
export interface PolledDeviceCode extends DeviceCode {
  readonly polledAt: Seconds | undefined
}

/** What only an open retry window has: the rows of rotated tokens hold no derivation. */
interface OpenWindow {
  readonly retryUntil: Seconds
  readonly derivation: SuccessorDerivation | undefined
}

/** All that a memory store holds. No transition awaits anything before it is done, so each is atomic. */
export interface Tables {
  readonly grants: Map<string, Grant>
  readonly codes: Map<string, AuthorizationCode>
  readonly refreshTokens: Map<string, RefreshToken>
  readonly opaqueTokens: Map<string, OpaqueToken>
  readonly deviceCodes: Map<string, PolledDeviceCode>
  /** User code hashes and the device codes they belong to. */
  readonly userCodes: Map<string, string>
  readonly pushedRequests: Map<string, PushedRequest>
  readonly clients: Map<string, RegisteredClient>
  readonly consents: Map<string, Consent>
  readonly sessions: Map<string, Session>
  readonly usedOnce: Map<string, Seconds>
  readonly counters: Map<string, { readonly count: number; readonly resetsAt: Seconds }>
  /** The retry windows that may still be open, by the successor; the one that opened first comes first. */
  readonly openWindows: Map<string, OpenWindow>
  keys: StoredKeys | undefined
}

export const createTables = (): Tables => ({
  grants: new Map(),
  codes: new Map(),
  refreshTokens: new Map(),
  opaqueTokens: new Map(),
  deviceCodes: new Map(),
  userCodes: new Map(),
  pushedRequests: new Map(),
  clients: new Map(),
  consents: new Map(),
  sessions: new Map(),
  usedOnce: new Map(),
  counters: new Map(),
  openWindows: new Map(),
  keys: undefined,
})

export const isAlive = (grant: Grant | undefined): grant is Grant =>
  grant !== undefined && grant.revokedAt === undefined

function prolongGrant(tables: Tables, id: string, expiresAt: Seconds): void {
  const grant = tables.grants.get(id)
  if (grant && grant.expiresAt < expiresAt) tables.grants.set(id, { ...grant, expiresAt })
}

/** Stores what a code bought. */
export function putBought(
  tables: Tables,
  grantId: string,
  { refreshToken, accessToken, grantExpiresAt }: Bought,
): void {
  if (refreshToken) tables.refreshTokens.set(refreshToken.hash, refreshToken)
  if (accessToken) tables.opaqueTokens.set(accessToken.hash, accessToken)
  prolongGrant(tables, grantId, grantExpiresAt)
}

const consentKey = (subject: string, clientId: string): string => JSON.stringify([subject, clientId])

export const findConsent = (tables: Tables, subject: string, clientId: string): Consent | undefined =>
  tables.consents.get(consentKey(subject, clientId))

export function addConsent(tables: Tables, consent: Consent | undefined): void {
  if (!consent || consent.scope.length === 0) return
  const known = findConsent(tables, consent.subject, consent.clientId)?.scope ?? []
  const scope = [...new Set([...known, ...consent.scope])]
  tables.consents.set(consentKey(consent.subject, consent.clientId), { ...consent, scope })
}

export const deleteConsent = (tables: Tables, { subject, clientId }: Consent): boolean =>
  tables.consents.delete(consentKey(subject, clientId))

export function revokeGrant(tables: Tables, id: string, at: Seconds): boolean {
  const grant = tables.grants.get(id)
  if (!isAlive(grant)) return false
  tables.grants.set(id, { ...grant, revokedAt: at })
  return true
}

export function revokeWhere(tables: Tables, isMeant: (grant: Grant) => boolean, at: Seconds): readonly string[] {
  const meant = [...tables.grants.values()].filter((grant) => isMeant(grant) && grant.expiresAt > at)
  return meant.filter(({ id }) => revokeGrant(tables, id, at)).map(({ id }) => id)
}

export function useOnce(tables: Tables, key: string, expiresAt: Seconds, at: Seconds): boolean {
  const known = tables.usedOnce.get(key)
  if (known !== undefined && known > at) return false
  tables.usedOnce.set(key, expiresAt)
  return true
}
