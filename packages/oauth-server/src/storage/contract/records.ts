import type {
  Authorization,
  AuthorizationCode,
  Bought,
  DeviceCode,
  Grant,
  OpaqueToken,
  RefreshToken,
  RegisteredClient,
  Session,
  Store,
  Successor,
} from '../store.js'

/** The instant at which every case of the contract begins. */
export const T0 = 1_800_000_000

export function grantOf(id: string, changes: Partial<Grant> = {}): Grant {
  return {
    id,
    clientId: 'web',
    subject: 'alice',
    scope: ['openid', 'notes:read'],
    resources: ['https://api.example/'],
    authTime: T0 - 5,
    acr: undefined,
    amr: undefined,
    sessionId: 'sid',
    createdAt: T0,
    refreshUntil: T0 + 10_000,
    expiresAt: T0 + 60,
    revokedAt: undefined,
    ...changes,
  }
}

export function codeOf(grantId: string, changes: Partial<AuthorizationCode> = {}): AuthorizationCode {
  return {
    hash: `code-of-${grantId}`,
    grantId,
    redirectUri: 'https://app.example/cb',
    codeChallenge: 'challenge',
    nonce: undefined,
    jkt: undefined,
    expiresAt: T0 + 60,
    redeemedAt: undefined,
    ...changes,
  }
}

export function authorizationOf(grantId: string, changes: Partial<Authorization> = {}): Authorization {
  const nothing = { interaction: undefined, pushedRequest: undefined, consent: undefined }
  return { ...nothing, grant: grantOf(grantId), code: codeOf(grantId), ...changes }
}

export function tokenOf(hash: string, grantId: string, changes: Partial<RefreshToken> = {}): RefreshToken {
  return { hash, grantId, jkt: undefined, createdAt: T0, expiresAt: T0 + 1000, rotation: undefined, ...changes }
}

/** The client of every grant here, with a token that is bound to no key. */
export const WEB = { clientId: 'web', jkt: undefined }

export function boughtOf(changes: Partial<Bought> = {}): Bought {
  return { refreshToken: undefined, accessToken: undefined, grantExpiresAt: T0 + 1000, ...changes }
}

export function opaqueOf(hash: string, grantId: string | undefined, changes: Partial<OpaqueToken> = {}): OpaqueToken {
  return { hash, grantId, clientId: 'web', claims: { sub: 'alice', aud: ['a'] }, expiresAt: T0 + 100, ...changes }
}

export function deviceOf(name: string, changes: Partial<DeviceCode> = {}): DeviceCode {
  return {
    hash: `device-${name}`,
    userCodeHash: `user-${name}`,
    clientId: 'tv',
    scope: ['notes:read'],
    resources: ['https://api.example/'],
    requestedFrom: '2001:db8::7',
    expiresAt: T0 + 600,
    interval: 5,
    status: 'pending',
    claimedBy: undefined,
    grantId: undefined,
    ...changes,
  }
}

export function clientOf(clientId: string, changes: Partial<RegisteredClient> = {}): RegisteredClient {
  const metadata = { client_name: 'Notes', redirect_uris: ['https://app.example/cb'] }
  return { clientId, registrationTokenHash: `rat of ${clientId}`, version: 1, metadata, createdAt: T0, ...changes }
}

export function successorOf(hash: string, changes: Partial<Successor> = {}): Successor {
  return {
    hash,
    expiresAt: T0 + 1000,
    accessToken: undefined,
    derivation: { salt: `salt of ${hash}`, kid: 'kid' },
    retryUntil: T0 + 30,
    grantExpiresAt: T0 + 2000,
    ...changes,
  }
}

export function sessionOf(hash: string, changes: Partial<Session> = {}): Session {
  return {
    hash,
    id: `sid-${hash}`,
    subject: 'alice',
    name: undefined,
    authTime: T0,
    acr: undefined,
    amr: undefined,
    loginAttempt: 'attempt',
    expiresAt: T0 + 100,
    ...changes,
  }
}

/** A grant whose code was redeemed for the refresh token `rt0`. */
export async function putRedeemedGrant(store: Store, id: string, refreshToken = 'rt0'): Promise<void> {
  await store.putAuthorization(authorizationOf(id), T0)
  await store.redeemAuthorizationCode(`code-of-${id}`, T0, {
    ...boughtOf({ refreshToken: tokenOf(refreshToken, id) }),
    grantExpiresAt: T0 + 1500,
  })
}
