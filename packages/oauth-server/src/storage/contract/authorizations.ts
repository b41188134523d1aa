import { type Cases, count, equal, race } from './assert.js'
import { authorizationOf, boughtOf, codeOf, grantOf, opaqueOf, T0, tokenOf } from './records.js'

const BOUGHT = boughtOf()

/** Codes, the grants they belong to, and interactions. */
export const authorizationCases: Cases = {
  'P1 a code is redeemed by one of all racers, and only what the winner bought is there': async (store, racers) => {
    await store.putAuthorization(authorizationOf('g'), T0)
    const outcomes = await race(racers, (racer) =>
      store.redeemAuthorizationCode(
        'code-of-g',
        T0 + 1,
        boughtOf({ refreshToken: tokenOf(`rt${racer}`, 'g'), accessToken: opaqueOf(`at${racer}`, 'g') }),
      ),
    )
    equal(count(outcomes, 'redeemed'), 1, 'one racer redeems')
    equal(count(outcomes, 'already_redeemed'), racers - 1, 'every other racer learns that the code was used')
    const bought = await race(racers, async (racer) => [
      await store.findRefreshToken(`rt${racer}`),
      await store.findOpaqueToken(`at${racer}`),
    ])
    equal(
      bought.map((tokens) => tokens.map((token) => token !== undefined)),
      outcomes.map((outcome) => [outcome === 'redeemed', outcome === 'redeemed']),
      'the tokens of the winner alone are stored',
    )
  },
  'P1 a redeemed code stays recognisable': async (store) => {
    await store.putAuthorization(authorizationOf('g'), T0)
    await store.redeemAuthorizationCode('code-of-g', T0 + 7, BOUGHT)
    equal(
      (await store.findAuthorizationCode('code-of-g'))?.code,
      codeOf('g', { redeemedAt: T0 + 7 }),
      'the code says when it was redeemed',
    )
    equal(
      await store.redeemAuthorizationCode('code-of-g', T0 + 500, BOUGHT),
      'already_redeemed',
      'after its lifetime too',
    )
  },
  'P6 an expired or unknown code is gone': async (store) => {
    await store.putAuthorization(authorizationOf('g'), T0)
    equal(await store.redeemAuthorizationCode('code-of-g', T0 + 60, BOUGHT), 'gone', 'at the end of its lifetime')
    equal(await store.redeemAuthorizationCode('other', T0, BOUGHT), 'gone', 'unknown')
    equal(await store.redeemAuthorizationCode('code-of-g', T0 + 59, BOUGHT), 'redeemed', 'a refused call burns nothing')
  },
  'P5 a code of a revoked grant is gone': async (store) => {
    await store.putAuthorization(authorizationOf('g'), T0)
    await store.revokeGrant('g', T0)
    equal(await store.redeemAuthorizationCode('code-of-g', T0 + 1, BOUGHT), 'gone', 'revoked')
  },
  'P9 an interaction is completed by one of all racers, and the others store nothing': async (store, racers) => {
    const interaction = { id: 'interaction', expiresAt: T0 + 600 }
    const outcomes = await race(racers, (racer) =>
      store.putAuthorization(authorizationOf(`g${racer}`, { interaction }), T0),
    )
    equal(count(outcomes, 'stored'), 1, 'one racer completes')
    const found = await race(racers, async (racer) => [
      await store.findGrant(`g${racer}`),
      await store.findAuthorizationCode(`code-of-g${racer}`),
    ])
    equal(
      found.map(([grant, code]) => grant !== undefined && code !== undefined),
      outcomes.map((outcome) => outcome === 'stored'),
      'grant and code of the winner alone are stored',
    )
    equal(await store.useOnce('interaction', T0 + 600, T0 + 1), 'replayed', 'the interaction is burnt')
  },
  'P9 PAR-06 a pushed request is good for one authorization, whichever interaction completes it': async (
    store,
    racers,
  ) => {
    const pushedRequest = { id: 'request', expiresAt: T0 + 600 }
    const outcomes = await race(racers, (racer) => {
      const interaction = { id: `interaction ${racer}`, expiresAt: T0 + 600 }
      return store.putAuthorization(authorizationOf(`g${racer}`, { interaction, pushedRequest }), T0)
    })
    equal(count(outcomes, 'stored'), 1, 'one racer completes')
    const grants = await race(racers, (racer) => store.findGrant(`g${racer}`))
    equal(
      grants.map((grant) => grant !== undefined),
      outcomes.map((outcome) => outcome === 'stored'),
      'the grant of the winner alone is stored',
    )
    const again = { interaction: { id: 'new', expiresAt: T0 + 600 }, pushedRequest }
    equal(
      await store.putAuthorization(authorizationOf('late', again), T0 + 599),
      'replayed',
      'as long as it is remembered',
    )
    equal(
      await store.putAuthorization(authorizationOf('other', { pushedRequest: { id: 'other', expiresAt: T0 + 9 } }), T0),
      'stored',
      'without an interaction',
    )
    const used = {
      interaction: { id: 'new', expiresAt: T0 + 600 },
      pushedRequest: { id: 'unused', expiresAt: T0 + 600 },
    }
    equal(
      await store.putAuthorization(authorizationOf('denied', used), T0),
      'replayed',
      'its interaction was burnt before',
    )
    equal(await store.useOnce('unused', T0 + 600, T0), 'first', 'which leaves the pushed request as it was')
  },
  'a pushed request comes back as it was put, until nothing can refer to it any more': async (store) => {
    const request = { hash: 'par', clientId: 'web', request: '{"scope":"ü"}', expiresAt: T0 + 60, keptUntil: T0 + 1860 }
    await store.putPushedRequest(request)
    equal(await store.findPushedRequest('par'), request, 'as it was put')
    equal([await store.findPushedRequest('other'), await store.expire(T0 + 1859, 10)], [undefined, 0], 'kept')
    equal([await store.expire(T0 + 1860, 10), await store.findPushedRequest('par')], [1, undefined], 'removed')
  },
  'records come back as they were put': async (store) => {
    const hostile = `'"; DROP TABLE grants; -- \n ü 😀 $1 ?1`
    const grant = grantOf('g', {
      subject: hostile,
      clientId: hostile,
      scope: ['a', 'b'],
      resources: [],
      acr: hostile,
      amr: ['pwd', 'otp'],
    })
    const code = codeOf('g', { nonce: hostile, redirectUri: 'com.example:/cb', jkt: hostile })
    const consent = { subject: hostile, clientId: hostile, scope: ['a'] }
    await store.putAuthorization(authorizationOf('g', { consent, grant, code }), T0)
    equal(await store.findAuthorizationCode(code.hash), { code, grant }, 'code and grant')
    equal(await store.findGrant('g'), grant, 'grant')
    equal(await store.findConsent(hostile, hostile), consent, 'consent')
  },
  'a grant lives as long as what was bought, and never shorter than before': async (store) => {
    await store.putAuthorization(authorizationOf('long', { grant: grantOf('long', { expiresAt: T0 + 5000 }) }), T0)
    await store.putAuthorization(authorizationOf('short'), T0)
    for (const id of ['long', 'short']) await store.redeemAuthorizationCode(`code-of-${id}`, T0, BOUGHT)
    equal((await store.findGrant('long'))?.expiresAt, T0 + 5000, 'kept')
    equal((await store.findGrant('short'))?.expiresAt, T0 + 1000, 'prolonged')
  },
}
