import { isOAuthError, OAuthError } from '../errors.js'
import type { Store } from './store.js'

/** Turns a store that fails into 503 with Retry-After: nothing is issued, and it recovers by itself. */
export function guardStore(store: Store, report: (cause: unknown) => void): Store {
  const guard =
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
  return {
    durability: store.durability,
    putAuthorization: guard(store.putAuthorization),
    findAuthorizationCode: guard(store.findAuthorizationCode),
    redeemAuthorizationCode: guard(store.redeemAuthorizationCode),
    findRefreshToken: guard(store.findRefreshToken),
    rotateRefreshToken: guard(store.rotateRefreshToken),
    findGrant: guard(store.findGrant),
    revokeGrant: guard(store.revokeGrant),
    findConsent: guard(store.findConsent),
    findSession: guard(store.findSession),
    replaceSession: guard(store.replaceSession),
    deleteSession: guard(store.deleteSession),
    useOnce: guard(store.useOnce),
    findKeys: guard(store.findKeys),
    casKeys: guard(store.casKeys),
    expire: guard(store.expire),
    close: guard(store.close),
  }
}
