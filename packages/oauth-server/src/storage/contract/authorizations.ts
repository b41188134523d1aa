import type { Store } from '../store.js'
import { count, equal, race } from './assert.js'
import { authorizationOf, codeOf, grantOf, T0, tokenOf } from './records.js'

const BOUGHT = { refreshToken: undefined, grantExpiresAt: T0 + 1000 }

/** Codes, the grants they belong to, and interactions. */
export const authorizationCases: Readonly<Record<string, (store: Store) => Promise<void>>> = {
  'P1 a code is redeemed by one of ten racers, and only what the winner bought is there': async (store) => {
    await store.putAuthorization(authorizationOf('g'), T0)
    const outcomes = await race((racer) =>
      store.redeemAuthorizationCode('code-of-g', T0 + 1, {
        refreshToken: tokenOf(`rt${racer}`, 'g'),
        grantExpiresAt: T0 + 1000,
      }),
    )
    equal(count(outcomes, 'redeemed'), 1, 'one racer redeems')
    equal(count(outcomes, 'already_redeemed'), 9, 'every other racer learns that the code was used')
    const tokens = await race((racer) => store.findRefreshToken(`rt${racer}`))
    equal(
      tokens.map((token) => token !== undefined),
      outcomes.map((outcome) => outcome === 'redeemed'),
      'the token of the winner alone is stored',
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
  'P9 an interaction is completed by one of ten racers, and the others store nothing': async (store) => {
    const interaction = { id: 'interaction', expiresAt: T0 + 600 }
    const outcomes = await race((racer) => store.putAuthorization(authorizationOf(`g${racer}`, { interaction }), T0))
    equal(count(outcomes, 'stored'), 1, 'one racer completes')
    const found = await race(async (racer) => [
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
    const code = codeOf('g', { nonce: hostile, redirectUri: 'com.example:/cb' })
    await store.putAuthorization(
      { interaction: undefined, consent: { subject: hostile, clientId: hostile, scope: ['a'] }, grant, code },
      T0,
    )
    equal(await store.findAuthorizationCode(code.hash), { code, grant }, 'code and grant')
    equal(await store.findGrant('g'), grant, 'grant')
    equal(await store.findConsent(hostile, hostile), { subject: hostile, clientId: hostile, scope: ['a'] }, 'consent')
  },
  'consent grows, and belongs to one subject and one client': async (store) => {
    const allow = (id: string, subject: string, scope: string[]) =>
      store.putAuthorization(
        authorizationOf(id, { grant: grantOf(id, { subject }), consent: { subject, clientId: 'web', scope } }),
        T0,
      )
    equal(await store.findConsent('alice', 'web'), undefined, 'nothing at first')
    await allow('g1', 'alice', ['a', 'b'])
    await allow('g2', 'alice', ['b', 'c'])
    await allow('g3', 'bob', ['z'])
    equal([...((await store.findConsent('alice', 'web'))?.scope ?? [])].sort(), ['a', 'b', 'c'], 'the union')
    equal(await store.findConsent('alice', 'other'), undefined, 'another client')
  },
  'a grant lives as long as what was bought, and never shorter than before': async (store) => {
    await store.putAuthorization(authorizationOf('long', { grant: grantOf('long', { expiresAt: T0 + 5000 }) }), T0)
    await store.putAuthorization(authorizationOf('short'), T0)
    for (const id of ['long', 'short']) await store.redeemAuthorizationCode(`code-of-${id}`, T0, BOUGHT)
    equal((await store.findGrant('long'))?.expiresAt, T0 + 5000, 'kept')
    equal((await store.findGrant('short'))?.expiresAt, T0 + 1000, 'prolonged')
  },
}
