import type { Seconds } from '../../time.js'
import type { Authorization, AuthorizationOutcome, Bought, RedemptionOutcome, Store } from '../store.js'
import { addConsent, isAlive, putBought, type Tables, useOnce } from './tables.js'

/** Codes, the grants they belong to, and what they were pushed with. */
export function authorizations(
  tables: Tables,
): Pick<
  Store,
  'putAuthorization' | 'findAuthorizationCode' | 'redeemAuthorizationCode' | 'putPushedRequest' | 'findPushedRequest'
> {
  return {
    putAuthorization: async (authorization, at) => putAuthorization(tables, authorization, at),
    findAuthorizationCode: async (hash) => {
      const code = tables.codes.get(hash)
      const grant = code && tables.grants.get(code.grantId)
      return grant && { code, grant }
    },
    redeemAuthorizationCode: async (hash, at, bought) => redeem(tables, hash, at, bought),
    putPushedRequest: async (request) => {
      tables.pushedRequests.set(request.hash, request)
    },
    findPushedRequest: async (hash) => tables.pushedRequests.get(hash),
  }
}

function putAuthorization(
  tables: Tables,
  { interaction, pushedRequest, consent, grant, code }: Authorization,
  at: Seconds,
): AuthorizationOutcome {
  for (const key of [interaction, pushedRequest]) {
    if (key && !useOnce(tables, key.id, key.expiresAt, at)) return 'replayed'
  }
  addConsent(tables, consent)
  tables.grants.set(grant.id, grant)
  tables.codes.set(code.hash, code)
  return 'stored'
}

function redeem(tables: Tables, hash: string, at: Seconds, bought: Bought): RedemptionOutcome {
  const code = tables.codes.get(hash)
  const grant = code && tables.grants.get(code.grantId)
  if (!grant) return 'gone'
  if (code.redeemedAt !== undefined) return 'already_redeemed'
  if (code.expiresAt <= at || !isAlive(grant)) return 'gone'
  tables.codes.set(hash, { ...code, redeemedAt: at })
  putBought(tables, grant.id, bought)
  return 'redeemed'
}
