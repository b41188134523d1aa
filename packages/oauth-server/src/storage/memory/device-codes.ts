import type { Seconds } from '../../time.js'
import type {
  Bought,
  ClaimOutcome,
  DecisionOutcome,
  DeviceApproval,
  DeviceCode,
  PollOutcome,
  RedemptionOutcome,
  Store,
} from '../store.js'
import { addConsent, isAlive, type PolledDeviceCode, putBought, type Tables } from './tables.js'

/** RFC 8628 §3.5: what `slow_down` adds to the interval. */
const SLOW_DOWN: Seconds = 5

/** Device authorizations from their two codes to the one redemption. RFC 8628. */
export function deviceCodes(
  tables: Tables,
): Pick<
  Store,
  'putDeviceCode' | 'claimDeviceCode' | 'approveDeviceCode' | 'denyDeviceCode' | 'pollDeviceCode' | 'redeemDeviceCode'
> {
  return {
    putDeviceCode: async (code) => {
      if (tables.userCodes.has(code.userCodeHash)) return 'user_code_taken'
      tables.userCodes.set(code.userCodeHash, code.hash)
      tables.deviceCodes.set(code.hash, { ...code, polledAt: undefined })
      return 'stored'
    },
    claimDeviceCode: async (userCodeHash, sessionId, at) => claim(tables, userCodeHash, sessionId, at),
    approveDeviceCode: async (userCodeHash, sessionId, at, approval) =>
      decide(tables, userCodeHash, sessionId, at, approval),
    denyDeviceCode: async (userCodeHash, sessionId, at) => decide(tables, userCodeHash, sessionId, at, undefined),
    pollDeviceCode: async (hash, clientId, at) => poll(tables, hash, clientId, at),
    redeemDeviceCode: async (hash, at, bought) => redeem(tables, hash, at, bought),
  }
}

const byUserCode = (tables: Tables, userCodeHash: string): PolledDeviceCode | undefined =>
  tables.deviceCodes.get(tables.userCodes.get(userCodeHash) ?? '')

function claim(tables: Tables, userCodeHash: string, sessionId: string, at: Seconds): ClaimOutcome {
  const found = byUserCode(tables, userCodeHash)
  if (!found || found.expiresAt <= at || found.status !== 'pending') return { outcome: 'gone' }
  if (found.claimedBy !== undefined && found.claimedBy !== sessionId) return { outcome: 'claimed_by_other' }
  const claimed = { ...found, claimedBy: sessionId }
  tables.deviceCodes.set(found.hash, claimed)
  return { outcome: 'claimed', code: asDeviceCode(claimed) }
}

function decide(
  tables: Tables,
  userCodeHash: string,
  sessionId: string,
  at: Seconds,
  approval: DeviceApproval | undefined,
): DecisionOutcome {
  const found = byUserCode(tables, userCodeHash)
  if (!found || found.expiresAt <= at || found.claimedBy !== sessionId) return 'gone'
  if (found.status !== 'pending') return 'already_decided'
  tables.deviceCodes.set(found.hash, {
    ...found,
    status: approval ? 'approved' : 'denied',
    grantId: approval?.grant.id,
  })
  addConsent(tables, approval?.consent)
  if (approval) tables.grants.set(approval.grant.id, approval.grant)
  return 'decided'
}

function poll(tables: Tables, hash: string, clientId: string, at: Seconds): PollOutcome {
  const found = tables.deviceCodes.get(hash)
  if (found?.clientId !== clientId) return { outcome: 'gone' }
  if (found.status === 'redeemed' || found.status === 'denied') return { outcome: found.status }
  if (found.expiresAt <= at) return { outcome: 'expired' }
  if (found.status === 'approved') {
    const grant = tables.grants.get(found.grantId ?? '')
    return isAlive(grant) ? { outcome: 'approved', code: asDeviceCode(found), grant } : { outcome: 'gone' }
  }
  const isEarly = found.polledAt !== undefined && at < found.polledAt + found.interval
  const interval = found.interval + (isEarly ? SLOW_DOWN : 0)
  tables.deviceCodes.set(hash, { ...found, polledAt: at, interval })
  return { outcome: isEarly ? 'slow_down' : 'pending', interval }
}

function redeem(tables: Tables, hash: string, at: Seconds, bought: Bought): RedemptionOutcome {
  const found = tables.deviceCodes.get(hash)
  if (found?.status === 'redeemed') return 'already_redeemed'
  const grant = tables.grants.get(found?.grantId ?? '')
  if (found?.status !== 'approved' || found.expiresAt <= at || !isAlive(grant)) return 'gone'
  tables.deviceCodes.set(hash, { ...found, status: 'redeemed' })
  putBought(tables, grant.id, bought)
  return 'redeemed'
}

function asDeviceCode({ polledAt: _, ...code }: PolledDeviceCode): DeviceCode {
  return code
}
