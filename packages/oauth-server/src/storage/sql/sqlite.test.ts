import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import Database from 'libsql'
import { afterAll, describe, expect, it } from 'vitest'
import { storeContract } from '../contract/contract.js'
import { authorizationOf, putRedeemedGrant, sessionOf, T0 } from '../contract/records.js'
import { openSqlite, sqliteStore } from './sqlite.js'
import { openDatabase, type SqliteHandle } from './sqlite-driver.js'

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

  it('migrates once when ten processes start together', async () => {
    const path = newPath()
    const open = `const { sqliteStore } = await import('@scopewise/oauth-server/sqlite'); await sqliteStore(${JSON.stringify(path)}).close()`
    const processes = Array.from({ length: 10 }, () =>
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

  it('commits what has come together at once, and answers after that', async () => {
    const path = newPath()
    const other = sqliteStore(path)
    const commits: unknown[] = []
    const handle = noteRuns(new Database(path), (text) => text === 'COMMIT' && commits.push(seenByOthers))
    let seenByOthers: unknown = 'nothing'
    const store = sqliteStore(handle)
    const puts = Array.from({ length: 20 }, async (_, i) => {
      const outcome = await store.putAuthorization(authorizationOf(`g${i}`), T0)
      seenByOthers = (await other.findGrant(`g${i}`))?.id
      return [outcome, seenByOthers]
    })
    expect(await Promise.all(puts)).toEqual(Array.from({ length: 20 }, (_, i) => ['stored', `g${i}`]))
    expect(commits.filter((seen) => seen === 'nothing')).toHaveLength(2) // the one of the migration, and one for all
    await Promise.all([store.close(), other.close()])
    handle.close()
  })

  it('P8 of those that are committed together one that fails takes back its own part only', async () => {
    const store = sqliteStore(newPath())
    const { code } = authorizationOf('g0')
    const broken = authorizationOf('broken', {
      interaction: { id: 'i', expiresAt: T0 + 9 },
      code: { ...code, grantId: 'broken' },
    })
    const outcomes = await Promise.allSettled([
      store.putAuthorization(authorizationOf('g0'), T0),
      store.putAuthorization(broken, T0),
      store.useOnce('k', T0 + 9, T0),
      store.putAuthorization(authorizationOf('g1'), T0),
    ])
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled'])
    const grants = await Promise.all(['g0', 'broken', 'g1'].map((id) => store.findGrant(id)))
    expect(grants.map((grant) => grant?.id)).toEqual(['g0', undefined, 'g1'])
    expect(await store.useOnce('i', T0 + 9, T0)).toBe('first')
    await store.close()
  })

  it('runs in the order of asking, and outside of any transaction what asks for that', async () => {
    const port = openSqlite(newPath())
    const answers = await Promise.all([
      port.query('CREATE TABLE t (n)'),
      port.query('INSERT INTO t VALUES (1)'),
      port.query('SELECT n FROM t'),
      port.query('VACUUM'),
      port.query('INSERT INTO t VALUES (2)'),
      port.query('SELECT MAX(n) AS n FROM t'),
      port.close(),
    ])
    expect([answers[2], answers[5]]).toEqual([[{ n: 1 }], [{ n: 2 }]])
  })

  it('tells each of those that would be committed together when the commit fails', async () => {
    const path = newPath()
    const handle = noteRuns(new Database(path), (text) => {
      if (text === 'COMMIT' && isFull) throw new Error('database or disk is full')
    })
    let isFull = false
    const store = sqliteStore(handle)
    isFull = true
    const tries = ['a', 'b'].map((key) => store.useOnce(key, T0 + 9, T0))
    expect((await Promise.allSettled(tries)).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    isFull = false
    expect(await store.useOnce('a', T0 + 9, T0)).toBe('first')
    await store.close()
    handle.close()
  })

  it('says how to mend a path that can not be opened', () => {
    expect(() => sqliteStore(join(folder, 'nowhere', 'a.db'))).toThrow(/Choose a path in a folder/)
    expect(() => sqliteStore(folder)).toThrow(/Choose a path in a folder/)
  })
})

/** A database that tells each statement before it is run. */
function noteRuns(database: SqliteHandle, note: (text: string) => unknown): SqliteHandle {
  return {
    prepare(text) {
      const statement = database.prepare(text)
      const noted =
        <P extends unknown[], T>(run: (...values: P) => T) =>
        (...values: P): T => {
          note(text)
          return run.apply(statement, values)
        }
      return { reader: statement.reader ?? true, all: noted(statement.all), run: noted(statement.run) }
    },
    close: () => database.close(),
  }
}
