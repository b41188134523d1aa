import { type Cases, equal, race } from './assert.js'
import { authorizationOf, grantOf, putRedeemedGrant, sessionOf, successorOf, T0, WEB } from './records.js'

/** What is removed, when, and how much at a time. */
export const expiryCases: Cases = {
  'P6 expire removes a grant with its code and its tokens, and not before it ends': async (store) => {
    await putRedeemedGrant(store, 'g')
    await store.rotateRefreshToken('rt0', T0 + 1, WEB, successorOf('rt1', { grantExpiresAt: T0 + 2000 }))
    equal(await store.expire(T0 + 1999, 100), 0, 'every tombstone stays while the grant lives')
    equal(
      [await store.findAuthorizationCode('code-of-g'), await store.findRefreshToken('rt0')].map(
        (row) => row !== undefined,
      ),
      [true, true],
      'recognisable',
    )
    equal(await store.expire(T0 + 2000, 100), 4, 'one grant, one code, two tokens')
    const left = [
      await store.findGrant('g'),
      await store.findAuthorizationCode('code-of-g'),
      await store.findRefreshToken('rt0'),
      await store.findRefreshToken('rt1'),
    ]
    equal(left, [undefined, undefined, undefined, undefined], 'nothing is left of it')
  },
  'expire removes sessions and used keys, at most so many of each at a time, and keeps consent': async (store) => {
    const consent = { subject: 'alice', clientId: 'web', scope: ['a'] }
    await store.putAuthorization(authorizationOf('g', { grant: grantOf('g', { expiresAt: T0 + 9999 }), consent }), T0)
    for (let i = 0; i < 5; i++) {
      await store.replaceSession(sessionOf(`s${i}`), undefined)
      await store.useOnce(`k${i}`, T0 + 100, T0)
    }
    await store.replaceSession(sessionOf('later', { expiresAt: T0 + 101 }), undefined)
    equal(await store.expire(T0 + 99, 3), 0, 'nothing has expired')
    equal(
      [await store.expire(T0 + 100, 3), await store.expire(T0 + 100, 3), await store.expire(T0 + 100, 3)],
      [6, 4, 0],
      'three of each kind at most',
    )
    equal((await store.findSession('later'))?.hash, 'later', 'the living session stays')
    equal((await store.findConsent('alice', 'web'))?.scope, ['a'], 'consent stays')
  },
  'expire takes no grant with more rows than it may remove': async (store) => {
    await putRedeemedGrant(store, 'g')
    for (let i = 0; i < 9; i++)
      await store.rotateRefreshToken(`rt${i}`, T0 + i, WEB, successorOf(`rt${i + 1}`, { grantExpiresAt: T0 + 1500 }))
    const removed: number[] = []
    for (let rows = -1; rows !== 0; removed.push(rows)) rows = await store.expire(T0 + 1500, 4)
    equal(Math.max(...removed) <= 8, true, 'four of each kind at a time')
    equal(
      removed.reduce((sum, rows) => sum + rows, 0),
      12,
      'a grant, a code, ten tokens',
    )
    equal(await store.findGrant('g'), undefined, 'nothing is left')
  },
  'expire finds what is over behind any number of grants that were prolonged': async (store) => {
    for (let i = 0; i < 9; i++) {
      await putRedeemedGrant(store, `g${i}`, `g${i}-rt0`)
      await store.rotateRefreshToken(`g${i}-rt0`, T0, WEB, successorOf(`g${i}-rt1`, { grantExpiresAt: T0 + 2000 }))
    }
    await store.putAuthorization(authorizationOf('over', { grant: grantOf('over', { expiresAt: T0 + 1600 }) }), T0)
    equal(await store.expire(T0 + 1600, 2), 2, 'the grant that is over, and its code')
    equal(await store.expire(T0 + 1600, 2), 0, 'nothing else')
    equal((await store.findGrant('g0'))?.expiresAt, T0 + 2000, 'the others live on')
  },
  'expire is safe on all nodes at once: every row is counted once': async (store, racers) => {
    for (let i = 0; i < 20; i++) {
      await putRedeemedGrant(store, `g${i}`, `rt-${i}`)
      await store.useOnce(`k${i}`, T0 + 100, T0)
    }
    let removed = 0
    // A node leaves alone what another one is just removing, so a call may find nothing while rows are left.
    for (let round = 0; round < 100 && removed < 80; round++)
      for (const rows of await race(racers, () => store.expire(T0 + 1500, 7))) removed += rows
    equal(removed, 80, 'grants, codes, tokens, keys')
    equal(await store.expire(T0 + 1500, 7), 0, 'nothing is left')
  },
}
