import { type Cases, equal, race } from './assert.js'
import {
  authorizationOf,
  boughtOf,
  grantOf,
  opaqueOf,
  putRedeemedGrant,
  successorOf,
  T0,
  tokenOf,
  WEB,
} from './records.js'

/** Rotation, its retry window, and lifetimes. */
export const refreshTokenCases: Cases = {
  'P2 a refresh token is rotated by one of all racers, and the others are shown its one successor': async (
    store,
    racers,
  ) => {
    await putRedeemedGrant(store, 'g')
    const results = await race(racers, (racer) =>
      store.rotateRefreshToken('rt0', T0 + 1, WEB, successorOf(`child${racer}`)),
    )
    const winner = results.findIndex(({ outcome }) => outcome === 'rotated')
    equal(results.filter(({ outcome }) => outcome === 'rotated').length, 1, 'one racer rotates')
    for (const [racer, result] of results.entries()) {
      if (racer === winner) continue
      const rotation = result.outcome === 'refused' ? result.found?.token.rotation : undefined
      const expected = {
        at: T0 + 1,
        jkt: undefined,
        retryUntil: T0 + 30,
        successorHash: `child${winner}`,
        successorUsed: false,
        derivation: successorOf(`child${winner}`).derivation,
      }
      equal(rotation, expected, 'every other racer learns whose successor counts')
    }
    const children = await race(racers, (racer) => store.findRefreshToken(`child${racer}`))
    equal(
      children.map((child) => child !== undefined),
      results.map(({ outcome }) => outcome === 'rotated'),
      'only the successor of the winner is stored',
    )
  },
  'P2 a retry never moves the window': async (store) => {
    await putRedeemedGrant(store, 'g')
    await store.rotateRefreshToken('rt0', T0, WEB, successorOf('rt1'))
    await store.rotateRefreshToken('rt0', T0 + 20, WEB, successorOf('other', { retryUntil: T0 + 50 }))
    equal((await store.findRefreshToken('rt0'))?.token.rotation?.retryUntil, T0 + 30, 'as the first rotation set it')
  },
  'P2 using the successor shows on its parent and erases what it was derived with': async (store) => {
    await putRedeemedGrant(store, 'g')
    await store.rotateRefreshToken('rt0', T0, WEB, successorOf('rt1'))
    await store.rotateRefreshToken('rt1', T0 + 1, WEB, successorOf('rt2'))
    const rotation = (await store.findRefreshToken('rt0'))?.token.rotation
    equal([rotation?.successorUsed, rotation?.derivation], [true, undefined], 'used and erased')
    equal((await store.findRefreshToken('rt1'))?.token.rotation?.successorUsed, false, 'the next one is still open')
  },
  'P7 the end of the window erases what the successor was derived with': async (store) => {
    await putRedeemedGrant(store, 'g')
    await putRedeemedGrant(store, 'other', 'other-rt0')
    await store.rotateRefreshToken('rt0', T0, WEB, successorOf('rt1'))
    await store.expire(T0 + 29, 100)
    equal(
      (await store.findRefreshToken('rt0'))?.token.rotation?.derivation,
      successorOf('rt1').derivation,
      'kept while open',
    )
    await store.rotateRefreshToken('other-rt0', T0 + 30, WEB, successorOf('other-rt1', { retryUntil: T0 + 60 }))
    equal(
      (await store.findRefreshToken('rt0'))?.token.rotation?.derivation,
      undefined,
      'erased by the next rotation of any grant',
    )
    await store.expire(T0 + 60, 100)
    equal((await store.findRefreshToken('other-rt0'))?.token.rotation?.derivation, undefined, 'erased by expire')
  },
  'P6 an expired or unknown refresh token is refused': async (store) => {
    await putRedeemedGrant(store, 'g')
    equal((await store.rotateRefreshToken('rt0', T0 + 1000, WEB, successorOf('rt1'))).outcome, 'refused', 'expired')
    equal(
      await store.rotateRefreshToken('unknown', T0, WEB, successorOf('rt1')),
      { outcome: 'refused', found: undefined },
      'unknown',
    )
    equal(await store.findRefreshToken('rt1'), undefined, 'nothing was stored')
    equal((await store.findRefreshToken('rt0'))?.token, tokenOf('rt0', 'g'), 'nothing was changed')
  },
  'RF-05 DP-15 only the holder rotates: another client or another key changes nothing': async (store) => {
    await putRedeemedGrant(store, 'g')
    await store.putAuthorization(authorizationOf('bound'), T0)
    const bound = tokenOf('bound-rt0', 'bound', { jkt: 'key' })
    await store.redeemAuthorizationCode('code-of-bound', T0, boughtOf({ refreshToken: bound }))
    const stranger = await store.rotateRefreshToken(
      'rt0',
      T0,
      { clientId: 'other', jkt: undefined },
      successorOf('rt1'),
    )
    equal(
      stranger.outcome === 'refused' && stranger.found?.token,
      tokenOf('rt0', 'g'),
      'another client is shown the row',
    )
    for (const jkt of [undefined, 'other key']) {
      const thief = await store.rotateRefreshToken('bound-rt0', T0, { clientId: 'web', jkt }, successorOf('rt1'))
      equal(thief.outcome === 'refused' && thief.found?.token, bound, 'and so is another key')
    }
    equal(await store.findRefreshToken('rt1'), undefined, 'nothing was stored')
    const holder = { clientId: 'web', jkt: 'key' }
    equal(
      (await store.rotateRefreshToken('bound-rt0', T0, holder, successorOf('bound-rt1'))).outcome,
      'rotated',
      'the holder',
    )
    equal(
      (await store.findRefreshToken('bound-rt0'))?.token.rotation?.jkt,
      'key',
      'the row says which key was presented',
    )
    const child = (await store.findRefreshToken('bound-rt1'))?.token
    equal([child?.jkt, child?.createdAt, child?.grantId], ['key', T0, 'bound'], 'the child inherits key and grant')
    equal(
      (await store.rotateRefreshToken('rt0', T0, holder, successorOf('rt1'))).outcome,
      'rotated',
      'an unbound token',
    )
    equal((await store.findRefreshToken('rt1'))?.token.jkt, undefined, 'stays unbound')
  },
  'RF-07 a token ends when it is idle, and with the absolute lifetime of its grant': async (store) => {
    const grant = grantOf('g', { refreshUntil: T0 + 500 })
    await store.putAuthorization(authorizationOf('g', { grant }), T0)
    await store.redeemAuthorizationCode(
      'code-of-g',
      T0,
      boughtOf({ refreshToken: tokenOf('rt0', 'g', { expiresAt: T0 + 100 }) }),
    )
    equal(
      (await store.rotateRefreshToken('rt0', T0 + 100, WEB, successorOf('rt1'))).outcome,
      'refused',
      'idle for too long',
    )
    const long = successorOf('rt1', { expiresAt: T0 + 9999 })
    equal((await store.rotateRefreshToken('rt0', T0 + 99, WEB, long)).outcome, 'rotated', 'used in time')
    equal(
      (await store.rotateRefreshToken('rt1', T0 + 500, WEB, successorOf('rt2'))).outcome,
      'refused',
      'for too long in all',
    )
    equal((await store.rotateRefreshToken('rt1', T0 + 499, WEB, successorOf('rt2'))).outcome, 'rotated', 'just in time')
  },
  'RF-08 a token that is not rotated is used again and again, and its idle lifetime moves but never back': async (
    store,
    racers,
  ) => {
    await putRedeemedGrant(store, 'g')
    const use = (expiresAt: number, at = T0) =>
      store.useRefreshToken('rt0', at, WEB, { accessToken: undefined, expiresAt, grantExpiresAt: expiresAt + 10 })
    const outcomes = await race(racers, (racer) => use(T0 + 2000 + racer))
    equal(
      outcomes.map(({ outcome }) => outcome === 'used'),
      outcomes.map(() => true),
      'every racer',
    )
    const { token, grant } = (await store.findRefreshToken('rt0')) ?? {}
    const last = T0 + 2000 + racers - 1
    equal([token?.expiresAt, grant?.expiresAt], [last, last + 10], 'the longest counts')
    equal(
      (
        await store.useRefreshToken(
          'rt0',
          T0,
          { ...WEB, clientId: 'other' },
          { accessToken: undefined, expiresAt: T0 + 9999, grantExpiresAt: T0 },
        )
      ).outcome,
      'refused',
      'another client',
    )
    equal((await use(T0 + 9999, last)).outcome, 'refused', 'at its end')
    await store.rotateRefreshToken('rt0', T0, WEB, successorOf('rt1'))
    equal((await use(T0 + 9999)).outcome, 'refused', 'once it is rotated')
  },
  'P8 what a rotation buys is there if and only if it was won': async (store, racers) => {
    await putRedeemedGrant(store, 'g')
    const results = await race(racers, (racer) =>
      store.rotateRefreshToken(
        'rt0',
        T0,
        WEB,
        successorOf(`child${racer}`, { accessToken: opaqueOf(`at${racer}`, 'g') }),
      ),
    )
    const stored = await race(racers, (racer) => store.findOpaqueToken(`at${racer}`))
    equal(
      stored.map((token) => token !== undefined),
      results.map(({ outcome }) => outcome === 'rotated'),
      'the access token of the winner alone',
    )
  },
}
