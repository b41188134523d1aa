import { describe, expect, it } from 'vitest'
import { createMemory, type Departure } from './memory.js'

const departure: Departure = { reason: 'step-up', run: true, had: ['a'], asked: ['b'], wasDeclined: false }

/** As much of web storage as is used. */
function createStorage(): Storage {
  const items = new Map<string, string>()
  return {
    get length() {
      return items.size
    },
    key: (index) => [...items.keys()][index] ?? null,
    getItem: (name) => items.get(name) ?? null,
    setItem: (name, value) => void items.set(name, value),
    removeItem: (name) => void items.delete(name),
    clear: () => items.clear(),
  }
}

describe('createMemory', () => {
  it('gives a departure once', () => {
    const memory = createMemory(createStorage())
    memory.keepDeparture(departure)
    expect(memory.takeDeparture()).toEqual(departure)
    expect(memory.takeDeparture()).toBeUndefined()
  })

  it('gives the mark of who was signed in once, so that a reload can’t loop', () => {
    const memory = createMemory(createStorage())
    memory.keepSignedIn(['notes:read'])
    expect(memory.takeSignedIn()).toEqual(['notes:read'])
    expect(memory.takeSignedIn()).toBeUndefined()
  })

  it('keeps the draft', () => {
    const storage = createStorage()
    createMemory(storage).draft = { query: '{ health }', variables: '' }
    expect(createMemory(storage).draft).toEqual({ query: '{ health }', variables: '' })
  })

  it.each(['{', 'null', '[1]', '{"reason":"other","had":[],"asked":[]}', '{"reason":"step-up","had":[1],"asked":[]}'])(
    'takes %s, which it did not write, for nothing',
    (text) => {
      const storage = createStorage()
      for (const name of ['departure', 'draft', 'signed-in']) storage.setItem(`scopewise-notes:${name}`, text)
      const memory = createMemory(storage)
      expect(memory.takeDeparture()).toBeUndefined()
      expect(memory.draft).toBeUndefined()
      expect(memory.takeSignedIn()).toBeUndefined()
    },
  )
})
