// Processes and threads that share a refresh token through files, PostgreSQL and Redis, against our server: one request each time.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import {
  createClient,
  finishAuthorization,
  memoryTransactions,
  type OAuthClient,
  startAuthorization,
} from '@scopewise/oauth-client'
import { createTokenManager, type Lock, type TokenStore } from '@scopewise/oauth-client/manager'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { hasPostgres, hasRedis, type RunningService, startPostgres, startRedis } from '../services/start.js'
import { type Deployment, type DeployOptions, deploy, REDIRECT_URI, signIn } from './our-server.js'
import { openShared, type StorePlace } from './shared-store.mjs'

const SCRIPT = fileURLToPath(new URL('./refresher.mjs', import.meta.url))

let deployment: Deployment | undefined
let children: ChildProcess[] = []
let isRefreshing = false
let closing: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const child of children) child.kill('SIGKILL')
  children = []
  for (const close of closing.reverse()) await close()
  closing = []
  await deployment?.close()
})

/** A user who signed in, whose expired tokens lie in the store. */
async function signedIn(place: StorePlace, options: DeployOptions = {}) {
  const running = await deploy(options)
  deployment = running
  const { issuer, api: resource } = running
  const client: OAuthClient = createClient({
    // On a machine that does other things an answer takes its time.
    timeout: 60,
    issuer,
    clientId: 'web',
    redirectUri: REDIRECT_URI,
    transactions: memoryTransactions(),
    resource,
  })
  const { url } = await startAuthorization(client, { scope: ['offline_access', 'notes:read'] })
  const { tokens } = await finishAuthorization(client, await signIn(url))
  const { store, lock, close } = await openShared(place)
  closing.push(close)
  const key = `alice ${issuer}`
  const again = (retryWindow = 0, other: Lock | undefined = lock) =>
    createTokenManager(client, { key, store, lock: other, retryWindow })
  await again().adopt({ ...tokens, expiresAt: tokens.obtainedAt })
  running.log.length = 0
  const family = { issuer, resource, place, key, callers: 5, retryWindow: 0, timeout: 5 }
  const requests = () => running.log.filter((line) => line === 'POST /token').length
  return { client, again, store, tokens, family, requests }
}

type Family = Awaited<ReturnType<typeof signedIn>>['family']

function inProcess(family: Family): { readonly child: ChildProcess; readonly said: Promise<readonly string[]> } {
  const child = spawn(process.execPath, [SCRIPT, JSON.stringify(family)], { stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(child)
  const said = new Promise<readonly string[]>((resolve, reject) => {
    let text = ''
    child.stdout?.setEncoding('utf8').on('data', (part: string) => {
      text += part
    })
    child.on('close', (code) => (code === 0 ? resolve(JSON.parse(text)) : reject(new Error(`ended with ${code}`))))
  })
  said.catch(() => undefined)
  return { child, said }
}

const inThread = (family: Family): Promise<readonly string[]> =>
  new Promise((resolve, reject) => {
    const worker = new Worker(SCRIPT, { workerData: family })
    worker.once('message', resolve)
    worker.once('error', reject)
  })

const KINDS = [
  { kind: 'file', isHere: true, start: inFolder },
  { kind: 'postgres', isHere: hasPostgres, start: startPostgres },
  { kind: 'redis', isHere: hasRedis, start: startRedis },
] as const

async function inFolder(): Promise<RunningService> {
  const where = await mkdtemp(join(tmpdir(), 'scopewise-'))
  return { where, stop: () => rm(where, { recursive: true, force: true }) }
}

describe.each(KINDS)('a family that shares a refresh token: $kind', ({ kind, isHere, start }) => {
  let service: RunningService
  const place = (): StorePlace => ({ kind, where: service.where })
  beforeAll(async () => {
    if (isHere) service = await start()
  })
  afterAll(() => (isHere ? service.stop() : undefined))

  it.skipIf(!isHere).each([
    ['five threads', inThread],
    ['five processes', (family: Family) => inProcess(family).said],
  ])('CL-06 ATT-082 makes one token request for 25 callers in %s, and the grant lives', async (_, run) => {
    const { family, requests, again } = await signedIn(place())
    const said = (await Promise.all(Array.from({ length: 5 }, () => run(family)))).flat()
    expect(said).toHaveLength(25)
    expect(new Set(said).size).toBe(1)
    expect(said[0]?.split('.')).toHaveLength(3)
    expect(requests()).toBe(1)
    await expect(again().get({ refused: said[0] })).resolves.toBeDefined()
  })

  it.skipIf(!isHere)(
    'CL-07 recovers inside the window when the winner is killed with -9 between answer and store',
    async () => {
      const winner: { child?: ChildProcess } = {}
      let isFirst = true
      const { family, requests } = await signedIn(place(), {
        retryWindow: 30,
        async hold(request) {
          if (!request.url.endsWith('/token') || !winner.child || !isFirst) return
          isFirst = false
          // The refresh token is rotated by now, and nobody has heard of it.
          const ended = new Promise((resolve) => winner.child?.once('exit', resolve))
          winner.child.kill('SIGKILL')
          await ended
        },
      })
      const first = inProcess({ ...family, retryWindow: 30, timeout: 1 })
      winner.child = first.child
      await expect(first.said).rejects.toThrow()
      const said = await Promise.all([1, 2, 3].map(() => inProcess({ ...family, retryWindow: 30, timeout: 1 }).said))
      expect(new Set(said.flat()).size).toBe(1)
      expect(said[0]?.[0]?.split('.')).toHaveLength(3)
      expect(requests()).toBe(2)
    },
  )

  it.skipIf(!isHere)(
    'CL-07 says grant_lost where no window is known, sends nothing more, and deletes nothing',
    async () => {
      const winner: { child?: ChildProcess } = {}
      const { family, requests, again, tokens } = await signedIn(place(), {
        async hold(request) {
          if (!request.url.endsWith('/token') || !winner.child) return
          const ended = new Promise((resolve) => winner.child?.once('exit', resolve))
          winner.child.kill('SIGKILL')
          await ended
        },
      })
      const first = inProcess({ ...family, timeout: 1 })
      winner.child = first.child
      await expect(first.said).rejects.toThrow()
      const said = await Promise.all([1, 2].map(() => inProcess({ ...family, timeout: 1 }).said))
      expect(new Set(said.flat())).toEqual(new Set(['grant_lost']))
      expect(requests()).toBe(1)
      const manager = again()
      await expect(manager.get()).rejects.toMatchObject({ code: 'grant_lost' })
      expect(manager.tokens?.refreshToken).toBe(tokens.refreshToken)
    },
  )

  it.skipIf(!isHere)(
    'CL-06 makes one request also when the lock runs out under its holder, or lets everybody in',
    async () => {
      let open: () => void = () => undefined
      const held = new Promise<void>((resolve) => {
        open = resolve
      })
      const { again, requests } = await signedIn(place(), {
        hold: (request) => (request.url.endsWith('/token') && isRefreshing ? held : Promise.resolve()),
      })
      isRefreshing = true
      const managers = Array.from({ length: 5 }, () => again(0, (_, work) => work()))
      const results = Promise.all(managers.map((manager) => manager.get()))
      // The others look at the note of the first one meanwhile.
      await new Promise((resolve) => setTimeout(resolve, 300))
      expect(requests()).toBe(1)
      open()
      expect(new Set((await results).map(({ accessToken }) => accessToken)).size).toBe(1)
      expect(requests()).toBe(1)
      isRefreshing = false
    },
  )

  it.skipIf(!isHere)('CL-07 costs nobody the new tokens when the store fails after the refresh', async () => {
    const { client, store, family, requests, again } = await signedIn(place())
    let isDown = false
    const failing: TokenStore = {
      read: async (key) => (isDown ? Promise.reject(new Error('down')) : store.read(key)),
      swap: async (...parameters) => (isDown ? Promise.reject(new Error('down')) : store.swap(...parameters)),
    }
    const breaking = createTokenManager(
      {
        ...client,
        send: async (input, init) => {
          const response = await client.send(input, init)
          isDown = true
          return response
        },
      },
      { key: family.key, store: failing },
    )
    const first = await breaking.get()
    expect(first.accessToken.split('.')).toHaveLength(3)
    isDown = false
    // Handed in as soon as the store is back, and there for everybody.
    expect((await breaking.load())?.accessToken).toBe(first.accessToken)
    expect((await again().get()).accessToken).toBe(first.accessToken)
    expect(requests()).toBe(1)
  })
})
