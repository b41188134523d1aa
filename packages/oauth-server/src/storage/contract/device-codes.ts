import type { Store } from '../store.js'
import { type Cases, count, equal, race } from './assert.js'
import { boughtOf, deviceOf, grantOf, opaqueOf, T0, tokenOf } from './records.js'

const approvalOf = (id: string) => ({
  consent: { subject: 'alice', clientId: 'tv', scope: ['notes:read'] },
  grant: grantOf(id, { clientId: 'tv', expiresAt: T0 + 1000 }),
})

async function putClaimed(store: Store): Promise<void> {
  await store.putDeviceCode(deviceOf('d'))
  await store.claimDeviceCode('user-d', 'sid', T0)
}

/** Device authorizations. RFC 8628. */
export const deviceCodeCases: Cases = {
  'DV-05 a user code belongs to the first session that opens it': async (store, racers) => {
    equal(await store.putDeviceCode(deviceOf('d')), 'stored', 'stored')
    equal(await store.putDeviceCode(deviceOf('d', { hash: 'other' })), 'user_code_taken', 'a user code is there once')
    const claims = await race(racers, (racer) => store.claimDeviceCode('user-d', `sid ${racer}`, T0))
    equal(claims.filter(({ outcome }) => outcome === 'claimed').length, 1, 'one racer')
    equal(claims.filter(({ outcome }) => outcome === 'claimed_by_other').length, racers - 1, 'and no other')
    const sid = `sid ${claims.findIndex(({ outcome }) => outcome === 'claimed')}`
    equal(
      await store.claimDeviceCode('user-d', sid, T0),
      { outcome: 'claimed', code: deviceOf('d', { claimedBy: sid }) },
      'who may come back',
    )
    equal(await store.denyDeviceCode('user-d', 'somebody', T0), 'gone', 'nobody else decides')
    equal(await store.approveDeviceCode('user-d', 'somebody', T0, approvalOf('g')), 'gone', 'nor approves')
    equal(await store.findGrant('g'), undefined, 'and nothing is stored')
    const unseen = deviceOf('e', { requestedFrom: undefined, claimedBy: sid })
    await store.putDeviceCode({ ...unseen, claimedBy: undefined })
    equal(await store.claimDeviceCode('user-e', sid, T0), { outcome: 'claimed', code: unseen }, 'from nowhere')
    equal((await store.claimDeviceCode('unknown', sid, T0)).outcome, 'gone', 'unknown')
    equal((await store.claimDeviceCode('user-d', sid, T0 + 600)).outcome, 'gone', 'expired')
    equal(await store.denyDeviceCode('user-d', sid, T0 + 600), 'gone', 'too late to decide')
  },
  'P4 of approvals and denials one wins, and the grant is there if and only if it was an approval': async (
    store,
    racers,
  ) => {
    await putClaimed(store)
    const outcomes = await race(racers, (racer) =>
      racer % 2 === 0
        ? store.approveDeviceCode('user-d', 'sid', T0, approvalOf(`g${racer}`))
        : store.denyDeviceCode('user-d', 'sid', T0),
    )
    equal(count(outcomes, 'decided'), 1, 'one racer decides')
    equal(count(outcomes, 'already_decided'), racers - 1, 'the others learn it')
    const grants = await race(racers, (racer) => store.findGrant(`g${racer}`))
    equal(
      grants.map((grant) => grant !== undefined),
      outcomes.map((outcome, racer) => outcome === 'decided' && racer % 2 === 0),
      'no other grant',
    )
    const consent = await store.findConsent('alice', 'tv')
    equal(
      consent !== undefined,
      grants.some((grant) => grant !== undefined),
      'consent with the grant',
    )
  },
  'P4 DV-02 DV-03 the write that records a poll decides whether it came too early': async (store, racers) => {
    await store.putDeviceCode(deviceOf('d', { expiresAt: T0 + 100_000 }))
    const poll = (at: number) => store.pollDeviceCode('device-d', 'tv', at)
    const polls = await race(racers, () => poll(T0))
    equal(polls.filter(({ outcome }) => outcome === 'pending').length, 1, 'of polls at once one is in time')
    equal(polls.filter(({ outcome }) => outcome === 'slow_down').length, racers - 1, 'the others are too early')
    const interval = 5 + 5 * (racers - 1)
    equal(await poll(T0 + interval - 1), { outcome: 'slow_down', interval: interval + 5 }, 'each adds 5 seconds')
    const next = T0 + interval - 1 + interval + 5
    equal(await poll(next), { outcome: 'pending', interval: interval + 5 }, 'in time again')
    equal((await store.pollDeviceCode('device-d', 'other', T0)).outcome, 'gone', 'another client')
    equal((await poll(T0 + 100_000)).outcome, 'expired', 'expired')
    equal((await store.pollDeviceCode('unknown', 'tv', T0)).outcome, 'gone', 'unknown')
  },
  'P4 DV-06 an approved device code is redeemed by one of all racers': async (store, racers) => {
    await putClaimed(store)
    equal(await store.redeemDeviceCode('device-d', T0, boughtOf()), 'gone', 'not before it is approved')
    await store.approveDeviceCode('user-d', 'sid', T0, approvalOf('g'))
    const approved = deviceOf('d', { status: 'approved', claimedBy: 'sid', grantId: 'g' })
    equal(
      await store.pollDeviceCode('device-d', 'tv', T0),
      { outcome: 'approved', code: approved, grant: approvalOf('g').grant },
      'the poll shows what was granted',
    )
    equal((await store.pollDeviceCode('device-d', 'tv', T0)).outcome, 'approved', 'and never asks to slow down then')
    const outcomes = await race(racers, (racer) =>
      store.redeemDeviceCode(
        'device-d',
        T0 + 1,
        boughtOf({
          refreshToken: tokenOf(`rt${racer}`, 'g'),
          accessToken: opaqueOf(`at${racer}`, 'g'),
          grantExpiresAt: T0 + 5000,
        }),
      ),
    )
    equal(count(outcomes, 'redeemed'), 1, 'one racer redeems')
    equal(count(outcomes, 'already_redeemed'), racers - 1, 'the others learn it')
    const bought = await race(racers, (racer) => store.findRefreshToken(`rt${racer}`))
    equal(
      bought.map((token) => token !== undefined),
      outcomes.map((outcome) => outcome === 'redeemed'),
      'what the winner bought is there, and nothing else',
    )
    equal((await store.findGrant('g'))?.expiresAt, T0 + 5000, 'the grant lives as long')
    equal((await store.pollDeviceCode('device-d', 'tv', T0 + 2)).outcome, 'redeemed', 'a later poll learns it too')
  },
  'P5 P6 a device code that is denied, expired or revoked is not redeemed': async (store) => {
    await putClaimed(store)
    await store.denyDeviceCode('user-d', 'sid', T0)
    equal((await store.pollDeviceCode('device-d', 'tv', T0)).outcome, 'denied', 'denied')
    equal(await store.redeemDeviceCode('device-d', T0, boughtOf()), 'gone', 'denied')
    for (const name of ['late', 'revoked']) {
      await store.putDeviceCode(deviceOf(name))
      await store.claimDeviceCode(`user-${name}`, 'sid', T0)
      await store.approveDeviceCode(`user-${name}`, 'sid', T0, approvalOf(name))
    }
    equal(await store.redeemDeviceCode('device-late', T0 + 600, boughtOf()), 'gone', 'expired')
    await store.revokeGrant('revoked', T0)
    equal((await store.pollDeviceCode('device-revoked', 'tv', T0)).outcome, 'gone', 'revoked')
    equal(await store.redeemDeviceCode('device-revoked', T0, boughtOf()), 'gone', 'revoked')
    equal([await store.expire(T0 + 599, 10), await store.expire(T0 + 600, 10)], [0, 3], 'they are removed at their end')
    equal(await store.putDeviceCode(deviceOf('d')), 'stored', 'and the user code is free again')
  },
}
