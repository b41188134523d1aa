import type { Seconds } from '../../time.js'
import type { ClaimOutcome, DecisionOutcome, DeviceCode, PollOutcome, Store } from '../store.js'
import { GRANT_LIVES } from './authorizations.js'
import { boughtSteps, boughtValues, perPurchase } from './bought.js'
import { damaged, integer, list, optionalInteger, optionalText, text } from './columns.js'
import type { Sql, Transition } from './dialect.js'
import { addConsent, consentValue, grantValues, JOINED_GRANT, putGrant, readGrant } from './grant-rows.js'
import type { SqlRow } from './port.js'

const PUT = `INSERT INTO device_codes (hash, user_code_hash, client_id, scope, resources, requested_from, expires_at, poll_interval, status)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'pending') ON CONFLICT (user_code_hash) DO NOTHING RETURNING hash`

const CLAIM = `UPDATE device_codes SET claimed_by = $2 WHERE user_code_hash = $1 AND status = 'pending' AND expires_at > $3
  AND (claimed_by IS NULL OR claimed_by = $2) RETURNING *`

/** What may be decided: $1 user code, $2 session, $3 at. */
const DECIDABLE = `user_code_hash = $1 AND claimed_by = $2 AND status = 'pending' AND expires_at > $3`

/** $4 consent, $5-$18 grant. */
const APPROVE: Transition = {
  steps: {
    won: `UPDATE device_codes SET status = 'approved', grant_id = $5 WHERE ${DECIDABLE} RETURNING hash`,
    granted: putGrant(5, 'EXISTS (SELECT 1 FROM won)'),
    consented: addConsent(4, 'EXISTS (SELECT 1 FROM won)'),
  },
  answer: 'won',
}

const DENY = `UPDATE device_codes SET status = 'denied' WHERE ${DECIDABLE} RETURNING hash`

/** RFC 8628 §3.5: the write that records the poll compares it with the one before and lengthens the interval. */
const POLL = `UPDATE device_codes SET polled_at = $2,
    polled_early = CASE WHEN $2 < polled_at + poll_interval THEN 1 ELSE 0 END,
    poll_interval = poll_interval + CASE WHEN $2 < polled_at + poll_interval THEN 5 ELSE 0 END
  WHERE hash = $1 AND client_id = $3 AND status = 'pending' AND expires_at > $2 RETURNING polled_early, poll_interval`

const FIND = `SELECT d.*, ${JOINED_GRANT} FROM device_codes d LEFT JOIN grants g ON g.id = d.grant_id
  WHERE d.hash = $1 AND d.client_id = $2`

/** $1 hash, $2 at, then what it buys. */
const redeem = perPurchase((bought) => ({
  steps: {
    won: `UPDATE device_codes SET status = 'redeemed'
          WHERE hash = $1 AND status = 'approved' AND expires_at > $2 AND ${GRANT_LIVES} RETURNING grant_id`,
    ...boughtSteps(3, bought),
  },
  answer: 'won',
}))

/** Device authorizations from their two codes to the one redemption. RFC 8628. */
export function deviceCodes(
  sql: Sql,
): Pick<
  Store,
  'putDeviceCode' | 'claimDeviceCode' | 'approveDeviceCode' | 'denyDeviceCode' | 'pollDeviceCode' | 'redeemDeviceCode'
> {
  return {
    async putDeviceCode({ hash, userCodeHash, clientId, scope, resources, requestedFrom, expiresAt, interval }) {
      const asked = [JSON.stringify(scope), JSON.stringify(resources), requestedFrom ?? null]
      const stored = await sql.query(PUT, [hash, userCodeHash, clientId, ...asked, expiresAt, interval])
      return stored.length === 1 ? 'stored' : 'user_code_taken'
    },
    claimDeviceCode: (userCodeHash, sessionId, at) => claim(sql, userCodeHash, sessionId, at),
    async approveDeviceCode(userCodeHash, sessionId, at, { consent, grant }) {
      const values = [userCodeHash, sessionId, at, consentValue(consent), ...grantValues(grant)]
      const won = await sql.run(APPROVE, values)
      return won.length === 1 ? 'decided' : explainDecision(sql, userCodeHash, sessionId, at)
    },
    async denyDeviceCode(userCodeHash, sessionId, at) {
      const won = await sql.query(DENY, [userCodeHash, sessionId, at])
      return won.length === 1 ? 'decided' : explainDecision(sql, userCodeHash, sessionId, at)
    },
    pollDeviceCode: (hash, clientId, at) => poll(sql, hash, clientId, at),
    async redeemDeviceCode(hash, at, bought) {
      const won = await sql.run(redeem(bought), [hash, at, ...boughtValues(bought)])
      if (won.length === 1) return 'redeemed'
      const [row] = await sql.query('SELECT status FROM device_codes WHERE hash = $1', [hash])
      return row?.['status'] === 'redeemed' ? 'already_redeemed' : 'gone'
    },
  }
}

const findByUserCode = async (sql: Sql, userCodeHash: string, at: Seconds): Promise<DeviceCode | undefined> => {
  const [row] = await sql.query('SELECT * FROM device_codes WHERE user_code_hash = $1 AND expires_at > $2', [
    userCodeHash,
    at,
  ])
  return row && readDeviceCode(row)
}

async function claim(sql: Sql, userCodeHash: string, sessionId: string, at: Seconds): Promise<ClaimOutcome> {
  const [row] = await sql.query(CLAIM, [userCodeHash, sessionId, at])
  if (row) return { outcome: 'claimed', code: readDeviceCode(row) }
  const found = await findByUserCode(sql, userCodeHash, at)
  return { outcome: found?.status === 'pending' ? 'claimed_by_other' : 'gone' }
}

async function explainDecision(
  sql: Sql,
  userCodeHash: string,
  sessionId: string,
  at: Seconds,
): Promise<DecisionOutcome> {
  const found = await findByUserCode(sql, userCodeHash, at)
  return found?.claimedBy === sessionId && found.status !== 'pending' ? 'already_decided' : 'gone'
}

async function poll(sql: Sql, hash: string, clientId: string, at: Seconds): Promise<PollOutcome> {
  const [polled] = await sql.query(POLL, [hash, at, clientId])
  if (polled) {
    const outcome = integer(polled, 'polled_early') === 1 ? 'slow_down' : 'pending'
    return { outcome, interval: integer(polled, 'poll_interval') }
  }
  const [row] = await sql.query(FIND, [hash, clientId])
  if (!row) return { outcome: 'gone' }
  const code = readDeviceCode(row)
  if (code.status === 'denied' || code.status === 'redeemed') return { outcome: code.status }
  if (code.expiresAt <= at) return { outcome: 'expired' }
  const isAlive = optionalText(row, 'g_id') !== undefined && optionalInteger(row, 'g_revoked_at') === undefined
  return code.status === 'approved' && isAlive
    ? { outcome: 'approved', code, grant: readGrant(row, 'g_') }
    : { outcome: 'gone' }
}

const readDeviceCode = (row: SqlRow): DeviceCode => ({
  hash: text(row, 'hash'),
  userCodeHash: text(row, 'user_code_hash'),
  clientId: text(row, 'client_id'),
  scope: list(row, 'scope'),
  resources: list(row, 'resources'),
  requestedFrom: optionalText(row, 'requested_from'),
  expiresAt: integer(row, 'expires_at'),
  interval: integer(row, 'poll_interval'),
  status: readStatus(row),
  claimedBy: optionalText(row, 'claimed_by'),
  grantId: optionalText(row, 'grant_id'),
})

const STATUS: readonly DeviceCode['status'][] = ['pending', 'approved', 'denied', 'redeemed']

const readStatus = (row: SqlRow): DeviceCode['status'] =>
  STATUS.find((status) => status === row['status']) ?? damaged('status')
