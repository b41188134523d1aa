import type { Store } from '../store.js'
import { count, equal, race } from './assert.js'
import { authorizationOf, grantOf, putRedeemedGrant, sessionOf, successorOf, T0 } from './records.js'

/** Sessions, values used once, signing keys, and expiry. */
export const sessionCases: Readonly<Record<string, (store: Store) => Promise<void>>> = {
  'a session comes back as it was put, and replacing it ends the one before': async (store) => {
    const full = sessionOf('s1', { name: 'Alice', acr: 'gold', amr: ['pwd'] })
    await store.replaceSession(full, undefined)
    equal(await store.findSession('s1'), full, 'as it was put')
    await store.replaceSession(sessionOf('s2'), 's1')
    equal([await store.findSession('s1'), await store.findSession('s2')], [undefined, sessionOf('s2')], 'replaced')
    await store.deleteSession('s2')
    await store.deleteSession('unknown')
    equal(await store.findSession('s2'), undefined, 'deleted')
  },
  'P3 one of ten racers is the first to use a key': async (store) => {
    equal(count(await race(() => store.useOnce('key', T0 + 10, T0)), 'first'), 1, 'one racer is first')
    equal(await store.useOnce('key', T0 + 10, T0 + 9), 'replayed', 'until it expires')
    equal(count(await race(() => store.useOnce('key', T0 + 20, T0 + 10)), 'first'), 1, 'then it is forgotten')
    equal(await store.useOnce('other', T0 + 10, T0), 'first', 'another key')
  },
  'one of ten racers replaces the signing keys': async (store) => {
    equal(await store.findKeys(), undefined, 'none at first')
    equal(count(await race((racer) => store.casKeys(0, `keys ${racer}`)), true), 1, 'one racer makes the first')
    const first = await store.findKeys()
    equal(first?.version, 1, 'version 1')
    equal(count(await race((racer) => store.casKeys(1, `next ${racer}`)), true), 1, 'one racer makes the next')
    equal([await store.casKeys(0, 'late'), await store.casKeys(1, 'late')], [false, false], 'an old version is refused')
    equal((await store.findKeys())?.version, 2, 'version 2')
  },
  'P6 expire removes a grant with its code and its tokens, and not before it ends': async (store) => {
    await putRedeemedGrant(store, 'g')
    await store.rotateRefreshToken('rt0', T0 + 1, successorOf('rt1', 'g', { grantExpiresAt: T0 + 2000 }))
    equal(await store.expire(T0 + 1999, 100), 0, 'every tombstone stays while the grant lives')
    equal(
      [await store.findAuthorizationCode('code-of-g'), await store.findRefreshToken('rt0')].map(
        (row) => row !== undefined,
      ),
      [true, true],
      'recognisable',
    )
    equal(await store.expire(T0 + 2000, 100), 1, 'one grant')
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
}
