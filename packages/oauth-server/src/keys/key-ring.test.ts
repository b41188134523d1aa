import { fork } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createKeyRing, createVerifier, remoteKeys, secretWrapping } from '@scopewise/token-core'
import { afterAll, describe, expect, it } from 'vitest'
import { sqliteStore } from '../storage/sql/sqlite.js'
import {
  API,
  asService,
  createHarness,
  createTestServer,
  type Harness,
  ISSUER,
  post,
  SECRET,
  testToken,
} from '../testing/harness.js'
import { hasPostgres, startPostgres } from '../testing/postgres.js'

const DAY = 86_400
const folder = mkdtempSync(join(tmpdir(), 'scopewise-keys-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const issue = async ({ server }: Pick<Harness, 'server'>) =>
  (await post(server, '/token', { grant_type: 'client_credentials', scope: 'notes:read' }, asService)).body[
    'access_token'
  ] ?? ''

async function jwksOf({ server }: Pick<Harness, 'server'>) {
  const response = await server.fetch(new Request(`${ISSUER}/jwks`))
  const { keys }: { keys: { kid: string; alg: string }[] } = await response.json()
  return { kids: keys.map(({ kid }) => kid), cacheControl: response.headers.get('cache-control') }
}

describe('the signing keys of a server', () => {
  it('MD-08 rotate by themselves, in one of two nodes, and no token is refused', async () => {
    const first = await createHarness()
    const second = { server: createTestServer({ store: first.store, now: () => first.clock.now }) }
    const nodes = [first, second]
    const written: number[] = []
    let fetches = 0
    const remote = remoteKeys(`${ISSUER}/jwks`, {
      fetch: (url, init) => nodes[fetches++ % 2]?.server.fetch(new Request(url, init)) ?? Promise.reject(),
      now: () => first.clock.now,
    })
    const verifiers = [remote, first.server.keys, second.server.keys].map((keys) =>
      createVerifier({ token: testToken, audience: API, issuers: { [ISSUER]: keys }, now: () => first.clock.now }),
    )
    const seen = new Set<string>()
    const start = first.clock.now
    let pending: string[] = []
    // Two months in steps of twelve hours; each token is verified at once and at the end of its life.
    for (let hour = 0; hour <= 62 * 24; hour += 12) {
      first.clock.now = start + hour * 3600
      await Promise.all(nodes.map(({ server }) => server.expire()))
      const fresh = await Promise.all(nodes.map(issue))
      for (const verifier of verifiers)
        for (const jwt of fresh) expect((await verifier.verify(jwt)).claims.iss).toBe(ISSUER)
      pending = fresh
      first.clock.now += 599
      for (const verifier of verifiers)
        for (const jwt of pending) expect((await verifier.verify(jwt)).claims.iss).toBe(ISSUER)
      for (const kid of (await jwksOf(first)).kids) seen.add(kid)
      expect((await jwksOf(second)).kids).toEqual((await jwksOf(first)).kids)
      written.push((await first.store.findKeys())?.version ?? 0)
    }
    // ES256 and RS256, three times each; published, handed over and removed by one node, once.
    expect(seen.size).toBe(6)
    expect(written.at(-1)).toBeLessThanOrEqual(8)
  }, 120_000)

  it('MD-08 are published with a Cache-Control that follows from the next change', async () => {
    const harness = await createHarness()
    expect(await jwksOf(harness)).toMatchObject({ cacheControl: 'public, max-age=600' })
    harness.clock.now += 29 * DAY - 100
    await harness.server.expire()
    expect((await jwksOf(harness)).kids).toHaveLength(2)
    expect(await jwksOf(harness)).toMatchObject({ cacheControl: 'public, max-age=100' })
    // The set is the same, and so is its answer but for the time that is left.
    harness.clock.now += 20
    expect(await jwksOf(harness)).toMatchObject({ cacheControl: 'public, max-age=80' })
    harness.clock.now += 80
    await harness.server.expire()
    expect((await jwksOf(harness)).kids).toHaveLength(4)
  })

  it('are taken out at once by hand, and the next token has another one', async () => {
    const harness = await createHarness()
    const jwt = await issue(harness)
    const kid: string = JSON.parse(atob(jwt.split('.')[0] ?? '')).kid
    const verifier = createVerifier({
      token: testToken,
      audience: API,
      issuers: { [ISSUER]: harness.server.keys },
      now: () => harness.clock.now,
    })
    await verifier.verify(jwt)
    const events: unknown[] = []
    harness.server.on('key.removed', (event) => events.push(event))
    expect(await harness.server.keys.revoke(kid)).toBe(true)
    expect(events).toMatchObject([{ kid, reason: 'revoked' }])
    await expect(verifier.verify(jwt)).rejects.toMatchObject({ code: 'unknown_key' })
    await verifier.verify(await issue(harness))
    expect((await jwksOf(harness)).kids).not.toContain(kid)
    await harness.server.keys.rotate()
    expect((await jwksOf(harness)).kids).toHaveLength(4)
  })

  it('answer 503 when the store is out of reach for longer than a key is published ahead', async () => {
    const harness = await createHarness()
    await issue(harness)
    const server = createTestServer({
      store: { ...harness.store, findKeys: () => Promise.reject(new Error('down')) },
      now: () => harness.clock.now,
    })
    const answer = await post(server, '/token', { grant_type: 'client_credentials', scope: 'notes:read' }, asService)
    expect([answer.status, answer.body['error']]).toEqual([503, 'temporarily_unavailable'])
    expect((await server.fetch(new Request(`${ISSUER}/jwks`))).status).toBe(503)
  })

  it('MD-08 are made by exactly one of several processes on one SQLite file, and all see them', async () => {
    await expectOneWriter(join(folder, 'shared.db'))
  }, 60_000)

  it.skipIf(!hasPostgres)(
    'MD-08 are made by exactly one of several processes on one PostgreSQL, and all see them',
    async () => {
      const server = await startPostgres()
      try {
        const database = JSON.stringify({ host: server.host, schema: 'key_ring' })
        await expectOneWriter(database)
      } finally {
        await server.stop()
      }
    },
    120_000,
  )

  it('P8 are whole after a process was killed while it rotated', async () => {
    const path = join(folder, 'killed.db')
    for (let run = 0; run < 3; run++) {
      await runUntilKilled([path, SECRET, 'for ever'])
      const store = sqliteStore(path)
      const before = await store.findKeys()
      const ring = createKeyRing({
        algorithms: ['ES256'],
        store,
        wrapping: secretWrapping(SECRET),
        timetable: { tokenLifetime: 600, lead: 1000, active: 5000 },
        now: () => 1_800_000_000,
      })
      // What was left can be read, and somebody signs.
      expect(before?.version).toBeGreaterThanOrEqual(2)
      expect((await ring.signingKey()).alg).toBe('ES256')
      await store.close()
    }
  }, 60_000)
})

/** Lets four processes come at each of the times at which something is to be done. */
async function expectOneWriter(database: string): Promise<void> {
  let written = 0
  for (const seconds of [0, 4000, 5000, 5660, 9000, 10_000]) {
    const answers = await Promise.all(Array.from({ length: 4 }, () => runRotator([database, SECRET, String(seconds)])))
    expect(new Set(answers.map(({ kid }) => kid)).size).toBe(1)
    written += answers.reduce((sum, answer) => sum + answer.written, 0)
  }
  // Begin, publish, hand over, remove, publish, hand over: each written by one of the four.
  expect(written).toBe(6)
}

const script = fileURLToPath(new URL('../testing/rotate.mjs', import.meta.url))

interface Rotations {
  readonly kid: string
  readonly written: number
}

function runRotator(parameters: string[]): Promise<Rotations> {
  return new Promise((resolve, reject) => {
    const child = fork(script, parameters)
    // What rotate.mjs sends.
    child.on('message', (message) => resolve(message as Rotations))
    child.on('error', reject)
    child.on('exit', (code) => code !== 0 && reject(new Error(`the rotator ended with ${code}`)))
  })
}

/** Kills the process some rotations after it began, wherever it is by then. */
function runUntilKilled(parameters: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = fork(script, parameters)
    let rotations = 0
    child.on('message', () => ++rotations === 5 && child.kill('SIGKILL'))
    child.on('error', reject)
    child.on('exit', () => resolve())
  })
}
