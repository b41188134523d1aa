import { type Cases, count, equal, race } from './assert.js'
import { T0 } from './records.js'

/** Values used once, counters, and signing keys. */
export const limitCases: Cases = {
  'P3 one of all racers is the first to use a key': async (store, racers) => {
    equal(count(await race(racers, () => store.useOnce('key', T0 + 10, T0)), 'first'), 1, 'one racer is first')
    equal(await store.useOnce('key', T0 + 10, T0 + 9), 'replayed', 'until it expires')
    equal(count(await race(racers, () => store.useOnce('key', T0 + 20, T0 + 10)), 'first'), 1, 'then it is forgotten')
    equal(await store.useOnce('other', T0 + 10, T0), 'first', 'another key')
  },
  'one of all racers replaces the signing keys': async (store, racers) => {
    equal(await store.findKeys(), undefined, 'none at first')
    equal(count(await race(racers, (racer) => store.casKeys(0, `keys ${racer}`)), true), 1, 'one racer makes the first')
    const first = await store.findKeys()
    equal(first?.version, 1, 'version 1')
    equal(count(await race(racers, (racer) => store.casKeys(1, `next ${racer}`)), true), 1, 'one racer makes the next')
    equal([await store.casKeys(0, 'late'), await store.casKeys(1, 'late')], [false, false], 'an old version is refused')
    equal((await store.findKeys())?.version, 2, 'version 2')
  },
  'counting is atomic: no two racers see the same count': async (store, racers) => {
    const counters = [
      { key: 'account', window: 60 },
      { key: 'network', window: 600 },
    ]
    const results = await race(racers, () => store.count(counters, T0))
    const counts = results.map((result) => result.map(({ count: number }) => number)).sort(([a = 0], [b = 0]) => a - b)
    equal(
      counts,
      results.map((_, i) => [i + 1, i + 1]),
      'every number once, in the order that was asked for',
    )
    equal(
      await store.count(counters, T0 + 59),
      [
        { key: 'account', count: racers + 1, resetsAt: T0 + 60 },
        { key: 'network', count: racers + 1, resetsAt: T0 + 600 },
      ],
      'a window begins with its first count and does not move',
    )
    equal(
      await store.count(counters, T0 + 60),
      [
        { key: 'account', count: 1, resetsAt: T0 + 120 },
        { key: 'network', count: racers + 2, resetsAt: T0 + 600 },
      ],
      'and then begins anew',
    )
  },
  'what turned out well is taken back, never below nothing': async (store, racers) => {
    const one = (at: number) => store.count([{ key: 'k', window: 60 }], at)
    await race(racers, () => one(T0))
    await race(racers, () => store.uncount(['k', 'unknown'], T0))
    await store.uncount(['k'], T0)
    equal((await one(T0))[0]?.count, 1, 'as if nothing had been counted')
    await store.uncount(['k'], T0 + 60)
    equal((await one(T0 + 59))[0]?.count, 2, 'a window that is over is left alone')
    equal([await store.expire(T0 + 59, 10), await store.expire(T0 + 60, 10)], [0, 1], 'and is removed')
  },
}
