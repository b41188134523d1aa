import { describe, expect, it } from 'vitest'
import { demoDomain } from '../testing/domain.js'
import { LIMITS, type Note, refuseDraft } from './notes.js'

const draft = { title: 'Milk', body: 'Two litres', pinned: false }

describe('createNote', () => {
  it('stores the note, tells the listeners and writes the log', async () => {
    const { notes, audit } = await demoDomain()
    const told: Note[] = []
    notes.onAdded((note) => told.push(note))
    const note = await notes.create({ ...draft, title: '  Milk ' }, 'user_reader')
    expect(note).toMatchObject({
      title: 'Milk',
      body: 'Two litres',
      authorId: 'user_reader',
      pinned: false,
      internalNote: null,
    })
    expect(note.id).toMatch(/^note_[A-Za-z0-9_-]{20}$/)
    expect(told).toEqual([note])
    expect(await notes.find(note.id)).toEqual(note)
    expect(await audit.latest(1)).toEqual([{ at: 1_780_000_000, actor: 'user_reader', action: `created ${note.id}` }])
  })

  it('stores nothing, and logs nothing, for an author that does not exist', async () => {
    const { notes, audit } = await demoDomain()
    await expect(notes.create(draft, 'user_nobody')).rejects.toThrow()
    expect(await notes.list(100)).toHaveLength(20)
    expect(await audit.latest(100)).toEqual([])
  })

  it('no longer tells a listener that left', async () => {
    const { notes } = await demoDomain()
    const told: Note[] = []
    notes.onAdded((note) => told.push(note))()
    await notes.create(draft, 'user_reader')
    expect(told).toEqual([])
  })

  it('keeps fifty simultaneous notes apart', async () => {
    const { notes } = await demoDomain()
    const made = await Promise.all(
      Array.from({ length: 50 }, (_, index) => notes.create({ ...draft, title: `n${index}` }, 'user_admin')),
    )
    expect(new Set(made.map(({ id }) => id)).size).toBe(50)
    expect(await notes.list(100)).toHaveLength(70)
  })
})

describe('listNotes', () => {
  it('gives pinned notes first, then the newest', async () => {
    const { notes } = await demoDomain()
    const fresh = await notes.create(draft, 'user_reader')
    const pinned = await notes.create({ ...draft, pinned: true }, 'user_admin')
    expect((await notes.list(4)).map(({ id }) => id)).toEqual([pinned.id, 'note_01', fresh.id, 'note_20'])
  })
})

describe('deleteNote', () => {
  it('removes a note of the author and of nobody else', async () => {
    const { notes, audit } = await demoDomain()
    const { id } = await notes.create(draft, 'user_reader')
    expect(await notes.remove(id, 'user_admin')).toBe(false)
    expect(await notes.isOwner(id, 'user_reader')).toBe(true)
    expect(await notes.remove(id, 'user_reader')).toBe(true)
    expect(await notes.find(id)).toBeUndefined()
    expect(await notes.remove(id, 'user_reader')).toBe(false)
    expect((await audit.latest(100)).map(({ action }) => action)).toEqual([`deleted ${id}`, `created ${id}`])
  })
})

describe('refuseDraft', () => {
  it.each([
    ['an empty title', { title: ' \n' }, 'title'],
    ['a title that is too long', { title: 'x'.repeat(LIMITS.title + 1) }, 'title'],
    ['a body that is too long', { body: 'x'.repeat(LIMITS.body + 1) }, 'body'],
  ])('refuses %s', (_, change, field) => {
    expect(refuseDraft({ ...draft, ...change })?.field).toBe(field)
  })

  it('counts characters as readers do', () => {
    expect(refuseDraft({ ...draft, title: '🍋'.repeat(LIMITS.title) })).toBeUndefined()
  })
})
