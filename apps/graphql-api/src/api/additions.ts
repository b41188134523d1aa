import { Repeater } from 'graphql-yoga'
import type { Note, Notes } from '../domain/notes.js'

/** How many notes a subscriber may lag behind before it loses the stream, rather than the server its memory. */
const MOST_WAITING = 100

/** The notes that are written from now on, until the reader leaves or the server closes. */
export function streamAdditions(notes: Pick<Notes, 'onAdded'>, closing: AbortSignal): AsyncIterable<Note> {
  return new Repeater<Note>(async (push, stop) => {
    let waiting = 0
    const leave = notes.onAdded((note) => {
      waiting += 1
      if (waiting > MOST_WAITING) return stop(new Error('The subscriber reads too slowly.'))
      push(note).then(() => (waiting -= 1), stop)
    })
    const end = () => stop()
    closing.addEventListener('abort', end)
    if (closing.aborted) stop()
    await stop
    leave()
    closing.removeEventListener('abort', end)
  })
}
