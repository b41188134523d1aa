// Processes and threads that share a refresh token through files, against our server and oidc-provider's manners: one request each time.
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
import { createTokenManager, type TokenManager } from '@scopewise/oauth-client/manager'
import { fileStore } from '@scopewise/oauth-client/stores/file'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Deployment, type DeployOptions, deploy, REDIRECT_URI, signIn } from './our-server.js'

const SCRIPT = fileURLToPath(new URL('./refresher.mjs', import.meta.url))

let directory = ''
let deployment: Deployment | undefined
let children: ChildProcess[] = []

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'scopewise-'))
})
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL')
  children = []
  await deployment?.close()
  await rm(directory, { recursive: true, force: true })
})

/** A user who signed in, whose expired tokens lie in the files. */
async function signedIn(options: DeployOptions = {}) {
  const running = await deploy(options)
  deployment = running
  const { issuer, api: resource } = running
  const client: OAuthClient = createClient({
    issuer,
    clientId: 'web',
    redirectUri: REDIRECT_URI,
    transactions: memoryTransactions(),
    resource,
  })
  const { url } = await startAuthorization(client, { scope: ['offline_access', 'notes:read'] })
  const { tokens } = await finishAuthorization(client, await signIn(url))
  const manager: TokenManager = createTokenManager(client, { key: 'alice', store: fileStore(directory) })
  await manager.adopt({ ...tokens, expiresAt: tokens.obtainedAt })
  running.log.length = 0
  const family = { issuer, resource, directory, callers: 5, retryWindow: 0, timeout: 5 }
  const requests = () => running.log.filter((line) => line === 'POST /token').length
  return { client, manager, tokens, family, requests, running }
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

describe('a family that shares a refresh token', () => {
  it.each([
    ['five threads', inThread],
    ['five processes', (family: Family) => inProcess(family).said],
  ])('CL-06 ATT-082 makes one token request for 25 callers in %s, and the grant lives', async (_, run) => {
    const { family, requests, manager, client } = await signedIn()
    const said = (await Promise.all(Array.from({ length: 5 }, () => run(family)))).flat()
    expect(said).toHaveLength(25)
    expect(new Set(said).size).toBe(1)
    expect(said[0]?.split('.')).toHaveLength(3)
    expect(requests()).toBe(1)
    const again = createTokenManager(client, { key: 'alice', store: fileStore(directory) })
    await expect(again.get({ refused: said[0] })).resolves.toBeDefined()
    expect(manager).toBeDefined()
  })

  it('CL-07 recovers inside the window when the winner is killed with -9 between answer and store', async () => {
    const winner: { child?: ChildProcess } = {}
    let isFirst = true
    const { family, requests } = await signedIn({
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
  })

  it('CL-07 says grant_lost where no window is known, sends nothing more, and deletes nothing', async () => {
    const winner: { child?: ChildProcess } = {}
    const { family, requests, manager, tokens, client } = await signedIn({
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
    const again = createTokenManager(client, { key: 'alice', store: fileStore(directory) })
    await expect(again.get()).rejects.toMatchObject({ code: 'grant_lost' })
    expect(again.tokens?.refreshToken).toBe(tokens.refreshToken)
    expect(manager).toBeDefined()
  })
})
