import { isOAuthError, OAuthError } from '../errors.js'
import type { Store } from './store.js'

/** Turns a store that fails into 503 with Retry-After: nothing is issued, and it recovers by itself. */
export function guardStore(store: Store, report: (cause: unknown) => void): Store {
  const guard = createGuard(store, report)
  return {
    durability: store.durability,
    putAuthorization: guard(store.putAuthorization),
    findAuthorizationCode: guard(store.findAuthorizationCode),
    redeemAuthorizationCode: guard(store.redeemAuthorizationCode),
    findRefreshToken: guard(store.findRefreshToken),
    rotateRefreshToken: guard(store.rotateRefreshToken),
    useRefreshToken: guard(store.useRefreshToken),
    putOpaqueToken: guard(store.putOpaqueToken),
    findOpaqueToken: guard(store.findOpaqueToken),
    deleteOpaqueToken: guard(store.deleteOpaqueToken),
    putDeviceCode: guard(store.putDeviceCode),
    claimDeviceCode: guard(store.claimDeviceCode),
    approveDeviceCode: guard(store.approveDeviceCode),
    denyDeviceCode: guard(store.denyDeviceCode),
    pollDeviceCode: guard(store.pollDeviceCode),
    redeemDeviceCode: guard(store.redeemDeviceCode),
    putPushedRequest: guard(store.putPushedRequest),
    findPushedRequest: guard(store.findPushedRequest),
    putClient: guard(store.putClient),
    findClient: guard(store.findClient),
    replaceClient: guard(store.replaceClient),
    deleteClient: guard(store.deleteClient),
    findGrant: guard(store.findGrant),
    listGrants: guard(store.listGrants),
    revokeGrant: guard(store.revokeGrant),
    revokeGrants: guard(store.revokeGrants),
    findConsent: guard(store.findConsent),
    listConsents: guard(store.listConsents),
    revokeConsent: guard(store.revokeConsent),
    findSession: guard(store.findSession),
    replaceSession: guard(store.replaceSession),
    deleteSession: guard(store.deleteSession),
    listSessions: guard(store.listSessions),
    deleteSessions: guard(store.deleteSessions),
    useOnce: guard(store.useOnce),
    count: guard(store.count),
    uncount: guard(store.uncount),
    findKeys: guard(store.findKeys),
    casKeys: guard(store.casKeys),
    expire: guard(store.expire),
    close: guard(store.close),
  }
}

/** Guards one method of the store. */
const createGuard =
  (store: Store, report: (cause: unknown) => void) =>
  <P extends unknown[], T>(method: (...parameters: P) => Promise<T>) =>
  async (...parameters: P): Promise<T> => {
    try {
      return await method.apply(store, parameters)
    } catch (cause) {
      if (isOAuthError(cause)) throw cause
      report(cause)
      throw new OAuthError('temporarily_unavailable', {
        description: 'The server can not reach its storage.',
        reason: 'store',
        headers: { 'retry-after': '5' },
        cause,
      })
    }
  }
