import { type Cases, equal } from './assert.js'
import { sessionOf } from './records.js'

/** Browsers that are signed in. */
export const sessionCases: Cases = {
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
  'ending every session of a subject ends no other': async (store) => {
    await store.replaceSession(sessionOf('s1'), undefined)
    await store.replaceSession(sessionOf('s2'), undefined)
    await store.replaceSession(sessionOf('s3', { subject: 'bob' }), undefined)
    equal([await store.deleteSessions('alice'), await store.deleteSessions('alice')], [2, 0], 'two, then none')
    equal([await store.findSession('s1'), (await store.findSession('s3'))?.subject], [undefined, 'bob'], 'hers alone')
  },
}
