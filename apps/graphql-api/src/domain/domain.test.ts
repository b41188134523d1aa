import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSqlite } from '@scopewise/oauth-server/sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { demoAccounts } from '../settings/demo-accounts.js'
import { demoDomain } from '../testing/domain.js'
import { createDomain } from './domain.js'

describe('createDomain', () => {
  let directory: string
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'scopewise-domain-'))
  })
  afterEach(() => rm(directory, { recursive: true }))

  it('starts with 20 notes and the two users, the same ones each time', async () => {
    const [one, two] = [await demoDomain(), await demoDomain()]
    expect(await one.notes.list(100)).toHaveLength(20)
    expect(await one.notes.list(100)).toEqual(await two.notes.list(100))
    expect((await one.users.list()).map(({ id }) => id)).toEqual(['user_admin', 'user_reader'])
  })

  it('writes the first notes once: what was deleted stays deleted, what was written stays', async () => {
    const open = async () => {
      const database = openSqlite(join(directory, 'notes.sqlite'))
      return { database, ...(await createDomain({ database, accounts: demoAccounts, now: () => 1 })) }
    }
    const before = await open()
    const { id } = await before.notes.create({ title: 'Mine', body: '', pinned: false }, 'user_reader')
    for (const note of await before.notes.list(100))
      if (note.id !== id) await before.notes.remove(note.id, note.authorId)
    await before.database.close()
    const after = await open()
    expect((await after.notes.list(100)).map((note) => note.id)).toEqual([id])
    await after.database.close()
  })

  it('sees what another connection wrote', async () => {
    const [one, two] = [openSqlite(join(directory, 'notes.sqlite')), openSqlite(join(directory, 'notes.sqlite'))]
    const first = await createDomain({ database: one, accounts: demoAccounts, now: () => 1 })
    const second = await createDomain({ database: two, accounts: demoAccounts, now: () => 1 })
    const { id } = await first.notes.create({ title: 'Mine', body: '', pinned: false }, 'user_reader')
    expect(await second.notes.list(100)).toHaveLength(21)
    expect(await second.notes.find(id)).toMatchObject({ title: 'Mine' })
    await Promise.all([one.close(), two.close()])
  })

  it('undoes a transaction that fails, and goes on', async () => {
    const database = openSqlite(':memory:')
    await database.query('CREATE TABLE things (name TEXT)')
    const failing = database.transaction(async (query) => {
      await query('INSERT INTO things VALUES ($1)', ['a'])
      throw new Error('half-way')
    })
    const later = database.query('INSERT INTO things VALUES ($2)', ['ignored', 'b'])
    await expect(failing).rejects.toThrow('half-way')
    await later
    expect(await database.query('SELECT name FROM things')).toEqual([{ name: 'b' }])
  })
})
