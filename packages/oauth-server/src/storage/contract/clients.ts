import { type Cases, count, equal, race } from './assert.js'
import { authorizationOf, clientOf, grantOf, opaqueOf, T0 } from './records.js'

/** Clients that registered themselves. */
export const clientCases: Cases = {
  'a client is registered once, and comes back as it was put': async (store, racers) => {
    const outcomes = await race(racers, (racer) =>
      store.putClient(clientOf('c', { registrationTokenHash: `rat ${racer}` })),
    )
    equal(count(outcomes, 'stored'), 1, 'one racer')
    const winner = outcomes.indexOf('stored')
    equal(await store.findClient('c'), clientOf('c', { registrationTokenHash: `rat ${winner}` }), 'as it was put')
    equal(await store.findClient('unknown'), undefined, 'unknown')
  },
  'MD-12 a client is replaced by who knows its version, whole': async (store, racers) => {
    await store.putClient(clientOf('c'))
    const outcomes = await race(racers, (racer) =>
      store.replaceClient(
        clientOf('c', { metadata: { racer }, registrationTokenHash: `new ${racer}`, createdAt: 0 }),
        1,
      ),
    )
    equal(count(outcomes, 'replaced'), 1, 'one racer')
    equal(count(outcomes, 'conflict'), racers - 1, 'the others learn that it has changed')
    const racer = outcomes.indexOf('replaced')
    equal(
      await store.findClient('c'),
      clientOf('c', { version: 2, metadata: { racer }, registrationTokenHash: `new ${racer}` }),
      'its metadata, the next version, and when it was made',
    )
    equal(await store.replaceClient(clientOf('unknown'), 1), 'gone', 'unknown')
  },
  'MD-12 deleting a client is won once and ends all that it had, and nothing of another': async (store, racers) => {
    for (const clientId of ['c', 'other']) {
      await store.putClient(clientOf(clientId))
      const consent = { subject: 'alice', clientId, scope: ['a'] }
      const grant = grantOf(`g of ${clientId}`, { clientId })
      await store.putAuthorization(authorizationOf(grant.id, { grant, consent }), T0)
      await store.putOpaqueToken(opaqueOf(`own of ${clientId}`, undefined, { clientId }))
    }
    equal(count(await race(racers, () => store.deleteClient('c', T0 + 1)), true), 1, 'one racer')
    const left = async (clientId: string) => [
      (await store.findClient(clientId)) !== undefined,
      (await store.findConsent('alice', clientId)) !== undefined,
      (await store.findGrant(`g of ${clientId}`))?.revokedAt ?? 0,
      (await store.findOpaqueToken(`own of ${clientId}`)) !== undefined,
    ]
    equal(await left('c'), [false, false, T0 + 1, false], 'client, consent, grants and its own tokens')
    equal(await left('other'), [true, true, 0, true], 'the other one has everything')
  },
}
