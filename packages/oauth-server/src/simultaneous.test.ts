import { fork } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { serve } from './node.js'
import { memoryStore } from './storage/memory.js'
import { postgresStore } from './storage/sql/postgres.js'
import { sqliteStore } from './storage/sql/sqlite.js'
import type { Store } from './storage/store.js'
import {
  CALLBACK,
  codeFor,
  createHarness,
  eventNames,
  type Harness,
  SECRET,
  signIn,
  verifier,
} from './testing/harness.js'
import { type HttpAnswer as Answer, postToken as post } from './testing/http.js'
import { hasPostgres, type PostgresServer, startPostgres } from './testing/postgres.js'
import { systemClock } from './time.js'

const folder = mkdtempSync(join(tmpdir(), 'scopewise-simultaneous-'))
const BOOT = 60_000
let postgres: PostgresServer | undefined
beforeAll(async () => {
  if (hasPostgres) postgres = await startPostgres()
}, BOOT)
afterAll(async () => {
  await postgres?.stop()
  rmSync(folder, { recursive: true, force: true })
}, BOOT)

const pool = () => postgres?.pool() ?? Promise.reject(new Error('no PostgreSQL'))
const stores: readonly [name: string, isThere: boolean, open: () => Promise<Store>][] = [
  ['memory', true, async () => memoryStore()],
  ['SQLite', true, async () => sqliteStore(join(folder, 'auth.db'))],
  ['PostgreSQL', hasPostgres, async () => postgresStore(await pool())],
]

const redemption = (code: string | null, changes = {}) => ({
  grant_type: 'authorization_code',
  client_id: 'web',
  code,
  code_verifier: verifier,
  redirect_uri: CALLBACK,
  ...changes,
})
const refreshing = (token: string | undefined, changes = {}) => ({
  grant_type: 'refresh_token',
  client_id: 'web',
  refresh_token: token,
  ...changes,
})

const times = <T>(count: number, run: (i: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, i) => run(i)))
const statuses = (answers: readonly Answer[]) => answers.map(({ status }) => status).sort()

describe.each(stores)('500 requests at once over HTTP, on %s', (_name, isThere, open) => {
  let harness: Harness
  let running: Awaited<ReturnType<typeof serve>>
  beforeAll(async () => {
    if (!isThere) return
    harness = await createHarness({ store: await open() })
    running = await serve({ fetch: harness.server.fetch, port: 0 })
  }, BOOT)
  afterAll(async () => {
    await running?.close()
    await harness?.store.close()
  })

  it.skipIf(!isThere)(
    'TK-02 TK-03 give tokens for a code once, and then its grant and no other is revoked',
    async () => {
      const device = await signIn(harness)
      const code = await codeFor(harness)
      harness.events.length = 0
      const answers = await times(500, () => post(running.port, redemption(code)))
      expect(statuses(answers)).toEqual([200, ...Array<number>(499).fill(400)])
      expect(new Set(answers.map(({ body }) => body['error']))).toEqual(new Set([undefined, 'invalid_grant']))
      const winner = answers.find(({ status }) => status === 200)
      expect((await post(running.port, refreshing(winner?.body['refresh_token']))).body['error']).toBe('invalid_grant')
      const revoked = harness.events.filter(({ name }) => name === 'grant.revoked')
      expect(revoked.map(({ event }) => event)).toEqual([expect.objectContaining({ reason: 'code_replayed' })])
      expect(eventNames(harness).filter((name) => name === 'code.replayed')).toHaveLength(499)
      expect((await post(running.port, refreshing(device['refresh_token']))).status).toBe(200)
    },
  )

  it.skipIf(!isThere)(
    'RF-03 ATT-028 RF-04 give one successor for a refresh token, and revoke that grant alone after the window',
    async () => {
      const [device, { refresh_token: parent }] = [await signIn(harness), await signIn(harness)]
      const answers = await times(500, () => post(running.port, refreshing(parent)))
      expect(new Set(statuses(answers))).toEqual(new Set([200]))
      const [successor, ...others] = new Set(answers.map(({ body }) => body['refresh_token']))
      expect(others).toEqual([])
      expect(new Set(answers.map(({ body }) => body['access_token'])).size).toBe(500)

      harness.clock.now += 30
      harness.events.length = 0
      expect(new Set(statuses(await times(100, () => post(running.port, refreshing(parent)))))).toEqual(new Set([400]))
      expect(harness.events.filter(({ name }) => name === 'grant.revoked')).toHaveLength(1)
      expect((await post(running.port, refreshing(successor))).body['error']).toBe('invalid_grant')
      expect((await post(running.port, refreshing(device['refresh_token']))).status).toBe(200)
    },
  )

  it.skipIf(!isThere)(
    'TK-04 TK-05 RF-05 ATT-060 burn and revoke nothing when client, verifier or redirect URI are wrong',
    async () => {
      const code = await codeFor(harness)
      const wrong = [
        { client_id: 'native' },
        { code_verifier: 'another-verifier-of-the-length-that-is-asked-for' },
        { redirect_uri: 'https://app.example/other' },
      ]
      const attack = () => times(150, (i) => post(running.port, redemption(code, wrong[i % wrong.length])))
      expect(new Set(statuses(await attack()))).toEqual(new Set([400]))
      const { status, body } = await post(running.port, redemption(code))
      expect(status).toBe(200)
      expect(new Set(statuses(await attack()))).toEqual(new Set([400]))
      const thief = refreshing(body['refresh_token'], { client_id: 'native' })
      expect(new Set(statuses(await times(100, () => post(running.port, thief))))).toEqual(new Set([400]))
      expect((await post(running.port, refreshing(body['refresh_token']))).status).toBe(200)
    },
  )
})

describe.each(stores.slice(1))('four server processes on one %s', (name, isThere, open) => {
  it.skipIf(!isThere)(
    'TK-02 RF-03 RV-05 redeem a code once of 500 times, and give one successor',
    async () => {
      const store = await open()
      const harness = await createHarness({ store, now: systemClock })
      const code = await codeFor(harness)
      const { refresh_token: parent } = await signIn(harness)
      const database = name === 'SQLite' ? { sqlite: join(folder, 'auth.db') } : { postgres: postgres?.host }
      const servers = await times(4, () => startServer({ ...database, secret: SECRET }))
      const portOf = (i: number) => servers[i % 4]?.port ?? 0

      const redeemed = await times(500, (i) => post(portOf(i), redemption(code)))
      expect(statuses(redeemed)).toEqual([200, ...Array<number>(499).fill(400)])
      const bought = redeemed.find(({ status }) => status === 200)?.body['refresh_token']
      expect(new Set(statuses(await times(4, (i) => post(portOf(i), refreshing(bought)))))).toEqual(new Set([400]))

      const refreshed = await times(500, (i) => post(portOf(i), refreshing(parent)))
      expect(new Set(statuses(refreshed))).toEqual(new Set([200]))
      expect(new Set(refreshed.map(({ body }) => body['refresh_token'])).size).toBe(1)
      await Promise.all(servers.map(({ stop }) => stop()))
      await store.close()
    },
    BOOT,
  )
})

/** Starts testing/token-server.mjs. */
function startServer(parameters: object): Promise<{ port: number; stop(): Promise<unknown> }> {
  const script = fileURLToPath(new URL('./testing/token-server.mjs', import.meta.url))
  const child = fork(script, [JSON.stringify(parameters)])
  const ended = new Promise((resolve) => child.once('exit', resolve))
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}`)))
    child.once('message', (message) => {
      // What token-server.mjs sends.
      const { port } = message as { port: number }
      const stop = () => {
        child.disconnect()
        return ended
      }
      resolve({ port, stop })
    })
  })
}
