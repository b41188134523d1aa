import type { Authorization, AuthorizationCode, Grant, RefreshToken, Session, Store, Successor } from '../store.js'

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
    expiresAt: T0 + 60,
    redeemedAt: undefined,
    ...changes,
  }
}

export function authorizationOf(grantId: string, changes: Partial<Authorization> = {}): Authorization {
  return { interaction: undefined, consent: undefined, grant: grantOf(grantId), code: codeOf(grantId), ...changes }
}

export function tokenOf(hash: string, grantId: string, changes: Partial<RefreshToken> = {}): RefreshToken {
  return { hash, grantId, createdAt: T0, expiresAt: T0 + 1000, rotation: undefined, ...changes }
}

export function successorOf(hash: string, grantId: string, changes: Partial<Successor> = {}): Successor {
  return {
    token: tokenOf(hash, grantId),
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
    refreshToken: tokenOf(refreshToken, id),
    grantExpiresAt: T0 + 1500,
  })
}
