import { describe, expect, it } from 'vitest'
import type { Note } from '../domain/notes.js'
import { streamAdditions } from './additions.js'

const note = (id: number): Note => ({
  id: `note_${id}`,
  title: '',
  body: '',
  internalNote: null,
  authorId: 'user_reader',
  pinned: false,
})

/** Notes that are announced by hand. */
function announcer() {
  const listeners = new Set<(added: Note) => void>()
  return {
    listeners,
    announce(id: number) {
      for (const listener of listeners) listener(note(id))
    },
    onAdded(listener: (added: Note) => void) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

describe('noteAdded', () => {
  it('gives each note in order, and stops listening when the reader leaves', async () => {
    const notes = announcer()
    const stream = streamAdditions(notes, new AbortController().signal)[Symbol.asyncIterator]()
    const first = stream.next()
    notes.announce(1)
    notes.announce(2)
    expect((await first).value).toMatchObject({ id: 'note_1' })
    expect((await stream.next()).value).toMatchObject({ id: 'note_2' })
    await stream.return?.()
    await Promise.resolve()
    expect(notes.listeners.size).toBe(0)
  })

  it('ends when the server closes, without an error', async () => {
    const notes = announcer()
    const closing = new AbortController()
    const stream = streamAdditions(notes, closing.signal)[Symbol.asyncIterator]()
    const waiting = stream.next()
    closing.abort()
    expect(await waiting).toMatchObject({ done: true })
    expect(notes.listeners.size).toBe(0)
  })

  it('gives up on a reader that lags far behind', async () => {
    const notes = announcer()
    const stream = streamAdditions(notes, new AbortController().signal)[Symbol.asyncIterator]()
    const first = stream.next()
    for (let id = 0; id < 300; id++) notes.announce(id)
    await first
    const drain = async (): Promise<void> => {
      while (!(await stream.next()).done);
    }
    await expect(drain()).rejects.toThrow('reads too slowly')
    expect(notes.listeners.size).toBe(0)
  })
})
