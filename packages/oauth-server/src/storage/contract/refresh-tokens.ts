import type { Store } from '../store.js'
import { equal, race } from './assert.js'
import { putRedeemedGrant, successorOf, T0, tokenOf } from './records.js'

/** Rotation, its retry window, and revocation. */
export const refreshTokenCases: Readonly<Record<string, (store: Store) => Promise<void>>> = {
  'P2 a refresh token is rotated by one of ten racers, and the others are shown its one successor': async (store) => {
    await putRedeemedGrant(store, 'g')
    const results = await race((racer) => store.rotateRefreshToken('rt0', T0 + 1, successorOf(`child${racer}`, 'g')))
    const winner = results.findIndex(({ outcome }) => outcome === 'rotated')
    equal(results.filter(({ outcome }) => outcome === 'rotated').length, 1, 'one racer rotates')
    for (const [racer, result] of results.entries()) {
      if (racer === winner) continue
      equal(result.outcome, 'already_rotated', 'every other racer learns who won')
      const rotation = result.outcome === 'already_rotated' ? result.token.rotation : undefined
      const expected = {
        at: T0 + 1,
        retryUntil: T0 + 30,
        successorHash: `child${winner}`,
        successorUsed: false,
        derivation: successorOf(`child${winner}`, 'g').derivation,
      }
      equal(rotation, expected, 'the row names the successor of the winner')
    }
    const children = await race((racer) => store.findRefreshToken(`child${racer}`))
    equal(
      children.map((child) => child !== undefined),
      results.map(({ outcome }) => outcome === 'rotated'),
      'only the successor of the winner is stored',
    )
  },
  'P2 a retry never moves the window': async (store) => {
    await putRedeemedGrant(store, 'g')
    await store.rotateRefreshToken('rt0', T0, successorOf('rt1', 'g'))
    await store.rotateRefreshToken('rt0', T0 + 20, successorOf('other', 'g', { retryUntil: T0 + 50 }))
    equal((await store.findRefreshToken('rt0'))?.token.rotation?.retryUntil, T0 + 30, 'as the first rotation set it')
  },
  'P2 using the successor shows on its parent and erases what it was derived with': async (store) => {
    await putRedeemedGrant(store, 'g')
    await store.rotateRefreshToken('rt0', T0, successorOf('rt1', 'g'))
    await store.rotateRefreshToken('rt1', T0 + 1, successorOf('rt2', 'g'))
    const rotation = (await store.findRefreshToken('rt0'))?.token.rotation
    equal([rotation?.successorUsed, rotation?.derivation], [true, undefined], 'used and erased')
    equal((await store.findRefreshToken('rt1'))?.token.rotation?.successorUsed, false, 'the next one is still open')
  },
  'P7 the end of the window erases what the successor was derived with': async (store) => {
    await putRedeemedGrant(store, 'g')
    await putRedeemedGrant(store, 'other', 'other-rt0')
    await store.rotateRefreshToken('rt0', T0, successorOf('rt1', 'g'))
    await store.expire(T0 + 29, 100)
    equal(
      (await store.findRefreshToken('rt0'))?.token.rotation?.derivation,
      successorOf('rt1', 'g').derivation,
      'kept while open',
    )
    await store.rotateRefreshToken('other-rt0', T0 + 30, successorOf('other-rt1', 'other', { retryUntil: T0 + 60 }))
    equal(
      (await store.findRefreshToken('rt0'))?.token.rotation?.derivation,
      undefined,
      'erased by the next rotation of any grant',
    )
    await store.expire(T0 + 60, 100)
    equal((await store.findRefreshToken('other-rt0'))?.token.rotation?.derivation, undefined, 'erased by expire')
  },
  'P6 an expired or unknown refresh token is gone': async (store) => {
    await putRedeemedGrant(store, 'g')
    equal(await store.rotateRefreshToken('rt0', T0 + 1000, successorOf('rt1', 'g')), { outcome: 'gone' }, 'expired')
    equal(await store.rotateRefreshToken('unknown', T0, successorOf('rt1', 'g')), { outcome: 'gone' }, 'unknown')
    equal(await store.findRefreshToken('rt1'), undefined, 'nothing was stored')
    equal((await store.findRefreshToken('rt0'))?.token, tokenOf('rt0', 'g'), 'nothing was changed')
  },
  'P5 revoking a grant is won once and ends all of it, and no other grant': async (store) => {
    await putRedeemedGrant(store, 'g')
    await putRedeemedGrant(store, 'other', 'other-rt0')
    await store.rotateRefreshToken('rt0', T0, successorOf('rt1', 'g'))
    const won = await race(() => store.revokeGrant('g', T0 + 3))
    equal(won.filter(Boolean).length, 1, 'one racer revokes')
    equal((await store.findGrant('g'))?.revokedAt, T0 + 3, 'the grant says when')
    equal(
      await store.rotateRefreshToken('rt1', T0 + 4, successorOf('rt2', 'g')),
      { outcome: 'revoked' },
      'the live token',
    )
    equal(
      (await store.rotateRefreshToken('rt0', T0 + 4, successorOf('rt2', 'g'))).outcome,
      'revoked',
      'the rotated token',
    )
    equal((await store.findRefreshToken('rt0'))?.token.rotation?.derivation, undefined, 'its derivation is erased')
    equal(
      (await store.rotateRefreshToken('other-rt0', T0 + 4, successorOf('other-rt1', 'other'))).outcome,
      'rotated',
      'another grant goes on',
    )
    equal(await store.revokeGrant('unknown', T0), false, 'an unknown grant')
  },
  'P5 of revoking and rotating at once, none leaves a living token behind': async (store) => {
    for (let round = 0; round < 5; round++) {
      await putRedeemedGrant(store, `g${round}`, `rt-${round}`)
      await Promise.all([
        store.rotateRefreshToken(`rt-${round}`, T0, successorOf(`child-${round}`, `g${round}`)),
        store.revokeGrant(`g${round}`, T0),
      ])
      const after = await store.rotateRefreshToken(`child-${round}`, T0, successorOf(`late-${round}`, `g${round}`))
      equal(['revoked', 'gone'].includes(after.outcome), true, 'whoever came first')
    }
  },
}
