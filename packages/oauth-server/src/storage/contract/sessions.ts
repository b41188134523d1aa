import { type Cases, equal } from './assert.js'
import { sessionOf, T0 } from './records.js'

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
  'the sessions of a subject are listed, the newest first, and those that are over left out': async (store) => {
    const newer = sessionOf('s2', { authTime: T0 + 10 })
    await store.replaceSession(sessionOf('s1'), undefined)
    await store.replaceSession(newer, undefined)
    await store.replaceSession(sessionOf('over', { expiresAt: T0 }), undefined)
    await store.replaceSession(sessionOf('s3', { subject: 'bob' }), undefined)
    equal(await store.listSessions('alice', T0, 10), [newer, sessionOf('s1')], 'both of hers')
    equal(await store.listSessions('alice', T0, 1), [newer], 'at most one')
  },
  'ending the sessions of a subject, or one of them, ends no other': async (store) => {
    await store.replaceSession(sessionOf('s1'), undefined)
    await store.replaceSession(sessionOf('s2'), undefined)
    await store.replaceSession(sessionOf('s4'), undefined)
    await store.replaceSession(sessionOf('s3', { subject: 'bob' }), undefined)
    equal(await store.deleteSessions('alice', 'sid-s3'), [], 'of somebody else')
    equal(await store.deleteSessions('alice', 'sid-s4'), ['sid-s4'], 'one of them')
    const ended = await store.deleteSessions('alice', undefined)
    equal([...ended].sort(), ['sid-s1', 'sid-s2'], 'the others')
    equal(await store.deleteSessions('alice', undefined), [], 'then none')
    equal([await store.findSession('s1'), (await store.findSession('s3'))?.subject], [undefined, 'bob'], 'hers alone')
  },
}
