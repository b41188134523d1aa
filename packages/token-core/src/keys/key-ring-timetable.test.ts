import { describe, expect, it } from 'vitest'
import { type KeyRingTimetable, readTimetable } from './key-ring-timetable.js'

const timetable: KeyRingTimetable = { tokenLifetime: 600 }

describe('createKeyRing, its timetable', () => {
  it('fills in what is safe for the lifetime of the tokens', () => {
    expect(readTimetable(timetable)).toEqual({
      lead: 86_400,
      active: 30 * 86_400,
      keep: 660,
      verifierCache: 600,
      poll: 30,
    })
  })

  it.each<[Partial<KeyRingTimetable>, RegExp]>([
    [{ lead: 629 }, /lead is at least verifierCache \+ poll \(630\): .* before every verifier has fetched it/],
    [{ keep: 659 }, /keep is at least tokenLifetime \+ clockTolerance \(660\): .* still valid/],
    [{ tokenLifetime: 7200, keep: 660 }, /keep is at least .* \(7260\)/],
    [{ active: 86_399 }, /active is at least lead \(86400\)/],
    [{ verifierCache: 86_400 }, /lead is at least/],
    [{ lead: 0 }, /lead is a positive number of whole seconds/],
    [{ poll: 0.5 }, /poll is a positive number/],
    [{ active: Number.POSITIVE_INFINITY }, /active is a positive number/],
    [{ tokenLifetime: Number.NaN }, /tokenLifetime is a positive number/],
    [{ clockTolerance: -1 }, /clockTolerance is a number of whole seconds/],
  ])('refuses %j with a sentence', (change, sentence) => {
    expect(() => readTimetable({ ...timetable, ...change })).toThrow(sentence)
    expect(() => readTimetable({ ...timetable, ...change })).toThrow(/^createKeyRing: in timetable, /)
  })

  it('takes the limits themselves', () => {
    expect(() => readTimetable({ tokenLifetime: 600, lead: 630, active: 630, keep: 660 })).not.toThrow()
  })
})
