import { type Cases, count, equal, race } from './assert.js'
import { authorizationOf, boughtOf, opaqueOf, putRedeemedGrant, T0 } from './records.js'

/** Access tokens that only the server can read. */
export const opaqueTokenCases: Cases = {
  'an opaque token comes back as it was bought or put, with its grant': async (store) => {
    await store.putAuthorization(authorizationOf('g'), T0)
    const bought = opaqueOf('at1', 'g', { claims: { sub: 'ü', nested: { list: [1, 'a', null] } } })
    await store.redeemAuthorizationCode('code-of-g', T0, boughtOf({ accessToken: bought }))
    equal((await store.findOpaqueToken('at1'))?.token, bought, 'as it was bought')
    equal((await store.findOpaqueToken('at1'))?.grant?.id, 'g', 'with its grant')
    equal(await store.putOpaqueToken(opaqueOf('at2', 'g')), 'stored', 'one more for a retry')
    equal((await store.findOpaqueToken('at2'))?.token, opaqueOf('at2', 'g'), 'as it was put')
    equal(await store.findOpaqueToken('unknown'), undefined, 'unknown')
  },
  "a client's own token has no grant and is ended by itself, by one of all racers": async (store, racers) => {
    const own = opaqueOf('own', undefined, { clientId: 'service' })
    equal(await store.putOpaqueToken(own), 'stored', 'stored')
    equal(await store.findOpaqueToken('own'), { token: own, grant: undefined }, 'without a grant')
    equal(count(await race(racers, () => store.deleteOpaqueToken('own')), true), 1, 'one racer ends it')
    equal(await store.findOpaqueToken('own'), undefined, 'ended')
  },
  'P5 no opaque token is stored for a grant that is unknown or revoked': async (store) => {
    await putRedeemedGrant(store, 'g')
    await store.revokeGrant('g', T0)
    equal(
      [await store.putOpaqueToken(opaqueOf('a', 'g')), await store.putOpaqueToken(opaqueOf('b', 'no'))],
      ['gone', 'gone'],
      'gone',
    )
    equal([await store.findOpaqueToken('a'), await store.findOpaqueToken('b')], [undefined, undefined], 'not stored')
  },
  'P6 an opaque token is removed at its end, before its grant': async (store) => {
    await putRedeemedGrant(store, 'g')
    await store.putOpaqueToken(opaqueOf('at', 'g'))
    equal([await store.expire(T0 + 99, 10), await store.expire(T0 + 100, 10)], [0, 1], 'at its end')
    equal(await store.findOpaqueToken('at'), undefined, 'removed')
  },
}
