import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import Database from 'libsql'
import { afterAll, describe, expect, it } from 'vitest'
import { storeContract } from '../contract/contract.js'
import { authorizationOf, putRedeemedGrant, sessionOf, T0 } from '../contract/records.js'
import { sqliteStore } from './sqlite.js'
import { openDatabase } from './sqlite-driver.js'

const folder = mkdtempSync(join(tmpdir(), 'scopewise-sqlite-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let files = 0
const newPath = () => join(folder, `${files++}.db`)

describe('sqliteStore', () => {
  describe.each([2, 10, 500])('with %i racers', (racers) => {
    const cases = storeContract(() => sqliteStore(newPath()), { racers })
    for (const { name, run } of cases.filter(({ isRace }) => isRace || racers === 10)) it(name, run)
  })

  describe('over a database that is handed in', () => {
    for (const { name, run } of storeContract(() => sqliteStore(new Database(newPath())))) it(name, run)

    it('leaves it open', async () => {
      const database = new Database(newPath())
      await sqliteStore(database).close()
      expect(database.prepare('SELECT COUNT(*) AS count FROM grants').all()).toEqual([{ count: 0 }])
      database.close()
    })
  })

  it('keeps everything when it is closed and opened again', async () => {
    const path = newPath()
    const first = sqliteStore(path)
    await putRedeemedGrant(first, 'g')
    await first.replaceSession(sessionOf('s'), undefined)
    await first.casKeys(0, 'keys')
    await first.close()

    const second = sqliteStore(path)
    expect((await second.findRefreshToken('rt0'))?.grant.id).toBe('g')
    expect(await second.findSession('s')).toEqual(sessionOf('s'))
    expect(await second.findKeys()).toEqual({ version: 1, wrapped: 'keys' })
    await second.close()
  })

  it('migrates once when four processes start together', async () => {
    const path = newPath()
    const open = `const { sqliteStore } = await import('@scopewise/oauth-server/sqlite'); await sqliteStore(${JSON.stringify(path)}).close()`
    const processes = Array.from({ length: 4 }, () =>
      promisify(execFile)(process.execPath, ['--input-type=module', '-e', open], { cwd: import.meta.dirname }),
    )
    await Promise.all(processes)
    const database = openDatabase(path)
    expect(database.run('PRAGMA user_version')).toEqual([{ user_version: 1 }])
    database.close()
  }, 60_000)

  it('writes ahead, waits for other processes, and is on disk when it says so', async () => {
    const path = newPath()
    await sqliteStore(path).close()
    const database = openDatabase(path)
    expect(database.run('PRAGMA journal_mode')).toEqual([{ journal_mode: 'wal' }])
    database.close()
  })

  it('P8 a transaction that fails half-way leaves nothing', async () => {
    const store = sqliteStore(newPath())
    await store.putAuthorization(authorizationOf('g'), T0)
    // The code of the second grant collides with the first: its grant, consent and burnt interaction must go too.
    const consent = { subject: 'alice', clientId: 'web', scope: ['a'] }
    const broken = authorizationOf('h', {
      interaction: { id: 'i', expiresAt: T0 + 9 },
      consent,
      code: { ...authorizationOf('g').code, grantId: 'h' },
    })
    await expect(store.putAuthorization(broken, T0)).rejects.toThrow()
    expect(await store.findGrant('h')).toBeUndefined()
    expect(await store.findConsent('alice', 'web')).toBeUndefined()
    expect(await store.useOnce('i', T0 + 9, T0)).toBe('first')
    await store.close()
  })

  it('says how to mend a path that can not be opened', () => {
    expect(() => sqliteStore(join(folder, 'nowhere', 'a.db'))).toThrow(/Choose a path in a folder/)
    expect(() => sqliteStore(folder)).toThrow(/Choose a path in a folder/)
  })
})
