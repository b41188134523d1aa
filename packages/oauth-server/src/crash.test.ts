import { type ChildProcess, fork } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { sqliteStore } from './sqlite.js'
import { createHarness, refresh, SECRET, signIn } from './testing/harness.js'
import { systemClock } from './time.js'

const folder = mkdtempSync(join(tmpdir(), 'scopewise-crash-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** With those of kill.test.ts 1000 where all runs are made. */
const KILLS = Number(process.env['SCOPEWISE_RUNS'] ?? 1) >= 20 ? 200 : 5

describe('a server that is killed', () => {
  it('OP-08 RF-09 leaves every refresh token that it acknowledged valid, and each replaced one recognisable', async () => {
    const path = join(folder, 'auth.db')
    const opened = await createHarness({ store: sqliteStore(path), now: systemClock })
    const first = (await signIn(opened))['refresh_token'] ?? ''
    await opened.store.close()

    let last = first
    for (let round = 0; round < KILLS; round++) {
      last = await killWhileRefreshing(path, last, 5 + (round % 5) * 7)
      const restarted = await createHarness({ store: sqliteStore(path), now: systemClock })
      const answer = await refresh(restarted.server, last)
      expect(answer.status).toBe(200)
      last = answer.body['refresh_token'] ?? ''
      await restarted.store.close()
    }

    const restarted = await createHarness({ store: sqliteStore(path), now: systemClock })
    expect((await refresh(restarted.server, first)).body['error']).toBe('invalid_grant')
    expect(restarted.events.map(({ name }) => name)).toContain('refresh_token.reused')
    expect((await refresh(restarted.server, last)).body['error']).toBe('invalid_grant')
    await restarted.store.close()
  }, 1_800_000)
})

/** Lets another process refresh, kills it with -9 at some point after so many answers, and gives the last token that it acknowledged. */
function killWhileRefreshing(path: string, token: string, answers: number): Promise<string> {
  const child: ChildProcess = fork(fileURLToPath(new URL('./testing/refresh-until-killed.mjs', import.meta.url)), [
    path,
    SECRET,
    token,
  ])
  return new Promise((resolve, reject) => {
    let acknowledged = token
    let count = 0
    child.on('message', (message) => {
      acknowledged = String(message)
      if (++count === answers) setTimeout(() => child.kill('SIGKILL'), Math.random() * 5)
    })
    child.on('exit', (_code, signal) =>
      signal === 'SIGKILL' ? resolve(acknowledged) : reject(new Error('the server ended by itself')),
    )
  })
}
