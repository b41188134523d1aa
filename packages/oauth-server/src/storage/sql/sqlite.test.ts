import { fork } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
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
  for (const { name, run } of storeContract(() => sqliteStore(newPath()))) it(name, run)

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

  it('TK-02 RF-03 gives each one-time value to one of several processes that start together', async () => {
    const path = newPath()
    const rounds = 40
    const racers = 4
    const script = fileURLToPath(new URL('../../testing/race.mjs', import.meta.url))
    // Nobody has made the file yet: the processes also race for the migrations.
    const won = await Promise.all(
      Array.from({ length: racers }, (_, racer) => runRacer(script, [path, String(rounds), String(racer)])),
    )
    const winners = (kind: string) => won.flatMap((wins) => wins[kind] ?? []).sort((a, b) => a - b)
    const everyRound = Array.from({ length: rounds }, (_, round) => round)
    expect(winners('code')).toEqual(everyRound)
    expect(winners('refreshToken')).toEqual(everyRound)
    expect(winners('interaction')).toEqual(everyRound)
    expect(winners('once')).toEqual(everyRound)
    expect(won.filter((wins) => wins['keys']?.length === 1)).toHaveLength(1)
  }, 60_000)
})

/** Runs the script in a process of its own and gives the rounds that it won, by kind. */
function runRacer(script: string, parameters: string[]): Promise<Record<string, number[]>> {
  return new Promise((resolve, reject) => {
    const child = fork(script, parameters)
    child.on('message', (message) => {
      // What race.mjs sends.
      resolve(message as Record<string, number[]>)
    })
    child.on('error', reject)
    child.on('exit', (code) => {
      if (code !== 0) reject(new Error(`the racer ended with ${code}`))
    })
  })
}
