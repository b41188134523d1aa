import { type Cases, equal, race } from './assert.js'
import { authorizationOf, grantOf, opaqueOf, putRedeemedGrant, successorOf, T0, WEB } from './records.js'

/** Consent, what a subject has granted, and how it ends. */
export const grantCases: Cases = {
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
  'a subject sees its living grants, newest first, and its consents': async (store) => {
    for (const [i, clientId] of ['web', 'tv', 'web'].entries()) {
      const grant = grantOf(`g${i}`, { clientId, createdAt: T0 + i, expiresAt: T0 + 100 + i })
      await store.putAuthorization(
        authorizationOf(grant.id, { grant, consent: { subject: 'alice', clientId, scope: [`s${i}`] } }),
        T0,
      )
    }
    await store.putAuthorization(authorizationOf('bobs', { grant: grantOf('bobs', { subject: 'bob' }) }), T0)
    const list = async (at: number, limit: number) => (await store.listGrants('alice', at, limit)).map(({ id }) => id)
    equal(await list(T0, 10), ['g2', 'g1', 'g0'], 'newest first')
    equal(await list(T0, 2), ['g2', 'g1'], 'so many at most')
    equal(await list(T0 + 100, 10), ['g2', 'g1'], 'without those that have ended')
    await store.revokeGrant('g2', T0)
    equal(await list(T0, 10), ['g1', 'g0'], 'without those that were revoked')
    const consents = (await store.listConsents('alice')).map(({ clientId, scope }) => [clientId, [...scope].sort()])
    equal(
      consents.sort(),
      [
        ['tv', ['s1']],
        ['web', ['s0', 's2']],
      ],
      'one consent for each client',
    )
    equal(await store.listConsents('bob'), [], 'nobody else')
  },
  'P5 revoking a consent forgets it and ends what came of it, and nothing else': async (store, racers) => {
    const put = async (id: string, subject: string, clientId: string) => {
      const grant = grantOf(id, { subject, clientId })
      await store.putAuthorization(authorizationOf(id, { grant, consent: { subject, clientId, scope: ['a'] } }), T0)
    }
    await put('phone', 'alice', 'web')
    await put('laptop', 'alice', 'web')
    await put('tv', 'alice', 'tv')
    await put('bobs', 'bob', 'web')
    const revoked = await race(racers, () => store.revokeConsent('alice', 'web', T0 + 1))
    equal(revoked.flat().sort(), ['laptop', 'phone'], 'each grant is revoked by one racer')
    equal(await store.findConsent('alice', 'web'), undefined, 'forgotten')
    const left = await Promise.all(['phone', 'laptop', 'tv', 'bobs'].map((id) => store.findGrant(id)))
    equal(
      left.map((grant) => grant?.revokedAt),
      [T0 + 1, T0 + 1, undefined, undefined],
      'these two and no other',
    )
    equal((await store.findConsent('bob', 'web'))?.scope, ['a'], 'another subject')
    equal((await store.findConsent('alice', 'tv'))?.scope, ['a'], 'another client')
  },
  'RF-10 revoking all that a subject granted leaves other subjects alone, and their consent': async (store) => {
    for (const [id, subject, clientId] of [
      ['a1', 'alice', 'web'],
      ['a2', 'alice', 'tv'],
      ['b1', 'bob', 'web'],
    ] as const)
      await store.putAuthorization(
        authorizationOf(id, {
          grant: grantOf(id, { subject, clientId }),
          consent: { subject, clientId, scope: ['a'] },
        }),
        T0,
      )
    equal(await store.revokeGrants('alice', 'tv', T0 + 1), ['a2'], 'those of one client')
    equal(await store.revokeGrants('alice', undefined, T0 + 2), ['a1'], 'then all that are left')
    equal(await store.revokeGrants('alice', undefined, T0 + 3), [], 'then none')
    equal((await store.findGrant('b1'))?.revokedAt, undefined, 'another subject')
    equal((await store.findConsent('alice', 'web'))?.scope, ['a'], 'what was allowed is still allowed')
  },
  'P5 revoking a grant is won once and ends all of it, and no other grant': async (store, racers) => {
    await putRedeemedGrant(store, 'g')
    await putRedeemedGrant(store, 'other', 'other-rt0')
    await store.rotateRefreshToken('rt0', T0, WEB, successorOf('rt1', { accessToken: opaqueOf('at1', 'g') }))
    const won = await race(racers, () => store.revokeGrant('g', T0 + 3))
    equal(won.filter(Boolean).length, 1, 'one racer revokes')
    equal((await store.findGrant('g'))?.revokedAt, T0 + 3, 'the grant says when')
    for (const hash of ['rt0', 'rt1']) {
      const result = await store.rotateRefreshToken(hash, T0 + 4, WEB, successorOf('rt2'))
      const grant = result.outcome === 'refused' ? result.found?.grant : undefined
      equal(grant?.revokedAt, T0 + 3, `${hash} is refused, and its grant says why`)
    }
    const use = { accessToken: undefined, expiresAt: T0 + 9999, grantExpiresAt: T0 + 9999 }
    equal((await store.useRefreshToken('rt1', T0 + 4, WEB, use)).outcome, 'refused', 'nor is it used without rotation')
    equal((await store.findOpaqueToken('at1'))?.grant?.revokedAt, T0 + 3, 'an opaque token shows it')
    equal(await store.putOpaqueToken(opaqueOf('at2', 'g')), 'gone', 'and no new one is stored')
    const others = await store.rotateRefreshToken('other-rt0', T0 + 4, WEB, successorOf('other-rt1'))
    equal(others.outcome, 'rotated', 'another grant goes on')
    equal(await store.revokeGrant('unknown', T0), false, 'an unknown grant')
  },
  'P5 of revoking and rotating at once, none leaves a living token behind': async (store) => {
    for (let round = 0; round < 5; round++) {
      await putRedeemedGrant(store, `g${round}`, `rt-${round}`)
      await Promise.all([
        store.rotateRefreshToken(`rt-${round}`, T0, WEB, successorOf(`child-${round}`)),
        store.revokeGrant(`g${round}`, T0),
      ])
      const after = await store.rotateRefreshToken(`child-${round}`, T0, WEB, successorOf(`late-${round}`))
      equal(after.outcome, 'refused', 'whoever came first')
    }
  },
}
