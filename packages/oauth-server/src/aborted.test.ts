import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { serve } from './node.js'
import { postgresStore } from './storage/sql/postgres.js'
import { createHarness, type Harness, signIn } from './testing/harness.js'
import { hasPostgres, type PostgresServer, startPostgres } from './testing/postgres.js'

const USERS = ['alice', 'bob'] as const
/** Multiplied by SCOPEWISE_RUNS. */
const REQUESTS = Math.ceil(1000 * (Number(process.env['SCOPEWISE_RUNS']) || 1))
/** At the same time: many more than connections. */
const PARALLEL = 20

describe.skipIf(!hasPostgres)('requests that are aborted while the database works for them', () => {
  let postgres: PostgresServer
  let harness: Harness
  let running: Awaited<ReturnType<typeof serve>>
  beforeAll(async () => {
    postgres = await startPostgres()
    harness = await createHarness({ store: postgresStore(postgres.pool(3)) })
    running = await serve({ fetch: harness.server.fetch, port: 0 })
  })
  afterAll(async () => {
    await running?.close()
    await postgres?.stop()
  })

  /** Refreshes; goes away without waiting for the answer when `isHasty`. Gives the subject of the access token. */
  const refresh = (token: string, isHasty: boolean): Promise<string | undefined> =>
    new Promise((resolve, reject) => {
      const body = new URLSearchParams({
        grant_type: 'refresh_token',
        client_id: 'web',
        refresh_token: token,
      }).toString()
      const headers = { 'content-type': 'application/x-www-form-urlencoded', 'content-length': body.length }
      const sent = request(
        { port: running.port, path: '/token', method: 'POST', headers, agent: false },
        (response) => {
          text(response).then((content) => resolve(subjectOf(content)), reject)
        },
      )
      sent.on('error', (error) => (isHasty ? resolve(undefined) : reject(error)))
      sent.end(body, () => {
        if (!isHasty) return
        // The request is out, and its query on its way.
        setImmediate(() => {
          sent.destroy()
          resolve(undefined)
        })
      })
    })

  it('ATT-070 never give anybody what was meant for somebody else, and cost no connection', async () => {
    const tokens = await Promise.all(
      USERS.map(async (user) => (await signIn(harness, {}, user))['refresh_token'] ?? ''),
    )
    const answered: { readonly asked: string; readonly got: string }[] = []
    const work = async (worker: number) => {
      for (let i = worker; i < REQUESTS; i += PARALLEL) {
        const index = i % USERS.length
        // Inside the retry window the same token answers with the same successor, however often.
        const got = await refresh(tokens[index] ?? '', i % 3 !== 0)
        if (got !== undefined) answered.push({ asked: USERS[index] ?? '', got })
      }
    }
    await Promise.all(Array.from({ length: PARALLEL }, (_, worker) => work(worker)))
    expect(answered.length).toBeGreaterThanOrEqual(Math.floor(REQUESTS / 3))
    expect(answered.filter(({ asked, got }) => asked !== got)).toEqual([])
    // All connections are back and in order.
    const last = await Promise.all(Array.from({ length: 12 }, (_, i) => refresh(tokens[i % 2] ?? '', false)))
    expect(last).toEqual(last.map((_, i) => USERS[i % 2]))
    expect(harness.events.filter(({ name }) => name === 'error')).toEqual([])
  })
})

function subjectOf(content: string): string {
  const { access_token: jwt }: { access_token?: string } = JSON.parse(content)
  const payload: { sub: string } = JSON.parse(atob(jwt?.split('.')[1] ?? ''))
  return payload.sub
}
