import type { SqlPort } from '@scopewise/oauth-server/sqlite'
import * as z from 'zod'
import type { Audit } from './audit.js'
import { newId } from './ids.js'

export interface Note {
  readonly id: string
  readonly title: string
  readonly body: string
  readonly internalNote: string | null
  readonly authorId: string
  readonly pinned: boolean
}

/** What somebody wants to write down. */
export interface Draft {
  readonly title: string
  readonly body: string
  readonly pinned: boolean
}

export interface Notes {
  find(id: string): Promise<Note | undefined>
  /** The first notes: pinned ones before the others, then the newest. */
  list(first: number): Promise<readonly Note[]>
  /** Writes a note down, in the log too, and tells the listeners once it is stored. The draft must have passed {@link refuseDraft}. */
  create(draft: Draft, authorId: string): Promise<Note>
  /** Removes a note of this author; false when there is none. */
  remove(id: string, authorId: string): Promise<boolean>
  isOwner(id: string, authorId: string): Promise<boolean>
  /** Calls the listener with each note written from now on, until the answer is called. */
  onAdded(listener: (note: Note) => void): () => void
}

/** How long a draft may be, in characters as a reader counts them (code points). */
export const LIMITS = { title: 200, body: 10_000 } as const

/** Decides, from the values alone, why a draft can't be stored: the field, and a sentence for its author. */
export function refuseDraft({ title, body }: Draft): { field: 'title' | 'body'; message: string } | undefined {
  if (title.trim() === '') return { field: 'title', message: 'The title must not be empty.' }
  if ([...title].length > LIMITS.title)
    return { field: 'title', message: `The title may have ${LIMITS.title} characters at most.` }
  if ([...body].length > LIMITS.body)
    return { field: 'body', message: `The body may have ${LIMITS.body} characters at most.` }
  return undefined
}

const COLUMNS = 'id, title, body, internal_note, author_id, pinned'
const row = z
  .object({
    id: z.string(),
    title: z.string(),
    body: z.string(),
    internal_note: z.string().nullable(),
    author_id: z.string(),
    pinned: z.number(),
  })
  .transform(({ internal_note, author_id, pinned, ...same }): Note => {
    return { ...same, internalNote: internal_note, authorId: author_id, pinned: pinned === 1 }
  })

/** The notes, over SQL; what changes them stands in the audit log, in the same transaction. */
export function createNotes({ database, audit, now }: { database: SqlPort; audit: Audit; now: () => number }): Notes {
  const listeners = new Set<(note: Note) => void>()

  const find: Notes['find'] = async (id) => {
    const [found] = await database.query(`SELECT ${COLUMNS} FROM notes WHERE id = $1`, [id])
    return found === undefined ? undefined : row.parse(found)
  }

  return {
    find,

    async list(first) {
      const rows = await database.query(`SELECT ${COLUMNS} FROM notes ORDER BY pinned DESC, position DESC LIMIT $1`, [
        first,
      ])
      return rows.map((each) => row.parse(each))
    },

    async create(draft, authorId) {
      const note: Note = { id: newId('note'), ...draft, title: draft.title.trim(), internalNote: null, authorId }
      const at = now()
      await database.transaction(async (query) => {
        await query(
          'INSERT INTO notes (id, title, body, author_id, pinned, created_at) VALUES ($1, $2, $3, $4, $5, $6)',
          [note.id, note.title, note.body, authorId, note.pinned ? 1 : 0, at],
        )
        await audit.record({ at, actor: authorId, action: `created ${note.id}` }, query)
      })
      for (const listener of listeners) listener(note)
      return note
    },

    remove: (id, authorId) =>
      database.transaction(async (query) => {
        const removed = await query('DELETE FROM notes WHERE id = $1 AND author_id = $2 RETURNING id', [id, authorId])
        if (removed.length === 0) return false
        await audit.record({ at: now(), actor: authorId, action: `deleted ${id}` }, query)
        return true
      }),

    async isOwner(id, authorId) {
      return (await find(id))?.authorId === authorId
    },

    onAdded(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
