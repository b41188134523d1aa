// The Worker of the guide "Embed in Hono, Express and a Worker", as it stands there, in workerd and over a real PostgreSQL.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root, typescriptBlocks } from '../packaging/workspace.js'
import { install } from '../runtimes/install.mjs'
import { binaryIn, freePort, startWorkerd, WORKERD } from '../runtimes/workerd.mjs'
import { hasPostgres, type RunningService, startPostgres } from '../services/start.js'
import { createBrowser } from './browser.js'
import { signInAndRedeem } from './sign-in.js'

const folder = join(root, '.cache', 'runtimes', 'workerd')
const hasWorkerd = await install(folder, [WORKERD]).then(
  () => true,
  (error: unknown) => {
    if (process.env['CI']) throw error
    process.stderr.write(`\nSKIPPED, the guide's Worker: ${String(error)}\n\n`)
    return false
  },
)

/** The Worker, with an issuer that can be reached here. */
async function bundle(issuer: string, outfile: string): Promise<void> {
  const guide = await readFile(join(root, 'docs/guides/embed-in-hono-express-worker.md'), 'utf8')
  const block = typescriptBlocks(guide).find((code) => code.includes('scheduled')) ?? ''
  await build({
    stdin: {
      contents: block.replace("'https://auth.example'", JSON.stringify(issuer)),
      loader: 'ts',
      // Beside the example: it has every package among its dependencies.
      resolveDir: join(root, 'apps/graphql-api'),
    },
    outfile,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    conditions: ['workerd', 'worker'],
    external: [
      'node:*',
      'cloudflare:*',
      'crypto',
      'events',
      'net',
      'path',
      'stream',
      'tls',
      'util',
      'dns',
      'fs',
      'string_decoder',
    ],
    // pg is CommonJS.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire('/worker.mjs')" },
    logLevel: 'error',
  })
}

/** PostgreSQL listens on a socket in the file system, which a Worker can't reach. */
async function overTcp(socket: string): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer((incoming) => {
    const outgoing = connect(socket)
    incoming.pipe(outgoing).pipe(incoming)
    incoming.on('error', () => outgoing.destroy())
    outgoing.on('error', () => incoming.destroy())
  })
  const port = await freePort()
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return { server, port }
}

describe.skipIf(!hasWorkerd || !hasPostgres)("the guide's Worker in workerd", () => {
  let scratch = ''
  let issuer = ''
  let postgres: RunningService
  let tcp: Server
  let worker: ReturnType<typeof startWorkerd>

  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'scopewise-worker-'))
    postgres = await startPostgres()
    const { server, port: databasePort } = await overTcp(join(postgres.where, '.s.PGSQL.5432'))
    tcp = server
    const port = await freePort()
    issuer = `http://127.0.0.1:${port}`
    await bundle(issuer, join(scratch, 'worker.mjs'))
    const bindings = {
      AUTH_SECRET: 'a secret of the tests: 0123456789abcdef',
      HYPERDRIVE: { connectionString: `postgres://postgres@127.0.0.1:${databasePort}/postgres` },
    }
    worker = startWorkerd({ binary: binaryIn(folder), folder: scratch, port, bindings })
    await Promise.race([worker.ended, isUp(issuer)])
  })

  afterAll(async () => {
    worker.stop()
    tcp.close()
    await postgres.stop()
    await rm(scratch, { recursive: true, force: true })
  })

  it('signs people in through its pages and gives them tokens, many at a time', async () => {
    const everybody = Array.from({ length: 20 }, (_, index) => `user${index}`)
    const redirectUri = 'https://app.example/callback'
    const answers = await Promise.all(
      everybody.map((username) => signInAndRedeem(createBrowser(redirectUri), { issuer, username, password: 'x' })),
    )
    for (const [status, body] of answers) expect([status, body]).toMatchObject([200, { scope: 'notes:read' }])
  })

  it('answers what needs the store in request after request', async () => {
    for (let count = 0; count < 3; count++) {
      const body = new URLSearchParams({
        grant_type: 'authorization_code',
        client_id: 'web',
        code: 'x',
        code_verifier: 'x'.repeat(43),
      })
      const answer = await fetch(`${issuer}/token`, { method: 'POST', body })
      expect([answer.status, await answer.json()]).toMatchObject([400, { error: 'invalid_grant' }])
      expect((await (await fetch(`${issuer}/jwks`)).json()).keys.length).toBeGreaterThan(0)
    }
  })
})

async function isUp(origin: string): Promise<void> {
  for (;;) {
    const isThere = await fetch(`${origin}/jwks`).then(
      ({ ok }) => ok,
      () => false,
    )
    if (isThere) return
    await sleep(100)
  }
}
