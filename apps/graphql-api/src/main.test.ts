import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createBrowser } from './testing/browser.js'
import {
  authorizationRequest,
  createdId,
  graphql,
  reader,
  requestToken,
  serviceToken,
  signIn,
} from './testing/example.js'
import { type ExampleProcess, freePort, runExample, spawnExample } from './testing/process.js'

let directory: string
let port: string
const running: ExampleProcess[] = []
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'scopewise-main-'))
  port = String(await freePort())
})
afterEach(async () => {
  for (const example of running.splice(0)) if (example.child.exitCode === null) await example.end('SIGKILL')
  await rm(directory, { recursive: true })
})

const run = async (environment: Record<string, string> = {}): Promise<ExampleProcess> => {
  const example = await runExample({ PORT: port, DATA_DIR: directory, ...environment })
  running.push(example)
  return example
}

/** Starts what must not start; answers with its exit code and what it said. */
const refuse = async (environment: Record<string, string>): Promise<{ code: number | null; said: string }> => {
  const { ended, output } = spawnExample({ PORT: port, DATA_DIR: directory, ...environment })
  const code = await ended
  // Node 22 says that its SQLite is experimental; that is not ours to answer for.
  const lines = output()
    .split('\n')
    .filter((line) => !/^\((node:\d+|Use `node)/.test(line))
  return { code, said: lines.join('\n') }
}

describe('npm start', () => {
  it('prints where it is, who can sign in, and commands that work', async () => {
    const example = await run()
    for (const text of [
      `${example.api}/`,
      `${example.api}/graphql`,
      example.issuer,
      'reader / reader-demo',
      'admin / admin-demo',
      'demo-service',
      'demo-web',
      'demo-native',
    ]) {
      expect(example.output()).toContain(text)
    }
    const commands = example
      .output()
      .split('\n')
      .filter((line) => /^(TOKEN=|curl )/.test(line))
    expect(commands).toHaveLength(2)
    const { stdout } = await promisify(execFile)('bash', ['-c', commands.join('\n')])
    expect(JSON.parse(stdout)).toMatchObject({ data: { notes: [{}, {}, {}] } })
  })

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'ends on %s: what is in flight is answered, streams end, the port is free within 5 s',
    async (signal) => {
      const example = await run()
      const token = await serviceToken(example)
      const stream = await fetch(`${example.api}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'text/event-stream', authorization: `Bearer ${token}` },
        body: '{"query": "subscription { noteAdded { id } }"}',
      })
      // A sign-in takes a quarter of a second: it is in flight when the signal comes.
      const browser = createBrowser(example.issuer)
      const page = await browser.follow(await browser.open(authorizationRequest(example).url))
      const inFlight = browser.submit(page, { ...reader, password: 'wrong' }).catch((error: unknown) => error)
      await new Promise((resolve) => setTimeout(resolve, 50))
      const started = Date.now()
      expect(await example.end(signal)).toBe(0)
      expect(Date.now() - started).toBeLessThan(5000)
      expect(await inFlight).toMatchObject({ text: expect.stringContaining('name="password"') })
      await stream.text().catch(() => undefined)
      await new Promise<void>((resolve, reject) => {
        const server = createServer().on('error', reject)
        server.listen(Number(port), '127.0.0.1', () => server.close(() => resolve()))
      })
    },
  )

  it('loses nothing when it is killed', async () => {
    const before = await run()
    const browser = createBrowser(before.issuer)
    const tokens = await signIn(before, { ...reader, browser, scope: 'openid offline_access notes:read notes:write' })
    const created = await graphql(
      before,
      'mutation { createNote(input: { title: "Kept", body: "b" }) { id } }',
      tokens.access_token,
    )
    await before.end('SIGKILL')

    const after = await run()
    const id = createdId(created)
    expect(await graphql(after, `{ note(id: "${id}") { title } }`, tokens.access_token)).toMatchObject({
      status: 200,
      data: { note: { title: 'Kept' } },
    })
    expect((await graphql(after, '{ notes(first: 100) { id } }', tokens.access_token)).data?.['notes']).toHaveLength(21)

    const refreshed = await requestToken(after, {
      grant_type: 'refresh_token',
      refresh_token: tokens.refresh_token ?? '',
      client_id: 'demo-web',
    })
    expect(refreshed.status).toBe(200)

    const { url } = authorizationRequest(after, { scope: 'openid notes:read' })
    url.searchParams.set('prompt', 'none')
    const silent = await browser.open(url)
    expect(new URL(silent.headers.get('location') ?? '').searchParams.get('code')).toBeTruthy()
  })

  it('keeps only hashes: no secret that was issued stands in its files', async () => {
    const example = await run()
    const tokens = await signIn(example, { ...reader, scope: 'openid offline_access notes:read' })
    await example.end('SIGTERM')
    for (const name of ['notes.sqlite', `server-localhost-${port}.sqlite`]) {
      const content = await readFile(join(directory, name), 'latin1')
      for (const secret of [tokens.refresh_token, tokens.access_token, 'reader-demo', 'demo-service-secret'])
        expect(content.includes(secret ?? '')).toBe(false)
    }
  })
})

describe('what has to be mended', () => {
  it('a port in use: one sentence, exit code 1', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(Number(port), '127.0.0.1', resolve))
    const { code, said } = await refuse({})
    server.close()
    expect([code, said]).toEqual([
      1,
      `Scopewise can't start. Port ${port} is in use: stop what uses it, or choose another with PORT=${Number(port) + 1}.\n`,
    ])
  })

  it('a directory it can not write to: one sentence, exit code 1', async () => {
    await writeFile(join(directory, 'file'), '')
    const { code, said } = await refuse({ DATA_DIR: join(directory, 'file') })
    expect([code, said]).toEqual([
      1,
      expect.stringMatching(
        /^Scopewise can't start\. DATA_DIR \S+ can't be written to \(EEXIST\): choose another directory\.\n$/,
      ),
    ])
  })

  it.each([{ ISSUER: 'https://auth.example' }, { HOST: '0.0.0.0' }, { NODE_ENV: 'production' }])(
    'OP-12 the demo where others reach it (%j): one sentence, exit code 1',
    async (environment) => {
      const { code, said } = await refuse(environment)
      expect(code).toBe(1)
      expect(said).toMatch(
        /^Scopewise can't start\. The demo users and clients are for this machine alone, and .* set USERS_FILE, CLIENTS_FILE and SECRET .*\n$/,
      )
    },
  )

  it('another secret than before: one sentence, exit code 1', async () => {
    await (await run()).end('SIGTERM')
    const { code, said } = await refuse({ SECRET: 'another secret of thirty-two characters' })
    expect(code).toBe(1)
    expect(said).toMatch(/^Scopewise can't start\. The signing keys in DATA_DIR \S+ don't open with this secret: .*\n$/)
  })

  it('a client that the authorization server refuses: one sentence, exit code 1', async () => {
    const file = join(directory, 'clients.json')
    await writeFile(
      file,
      JSON.stringify([
        { clientId: 'page', type: 'web', redirectUris: [`http://127.0.0.1:${port}/`], scope: 'notes:read' },
        { clientId: 'bad', type: 'web', redirectUris: ['http://evil.example/'], scope: 'notes:read' },
      ]),
    )
    const { code, said } = await refuse({ CLIENTS_FILE: file })
    expect(code).toBe(1)
    expect(said).toMatch(/^Scopewise can't start\. .*\bbad\b.*\n$/)
  })
})

describe('a configuration of one’s own', () => {
  it('OP-12 runs with hashed secrets made by hash.js', async () => {
    const hash = join(import.meta.dirname, '../dist/hash.js')
    const passwordHash = execute(`echo 'correct horse' | node ${hash} password`)
    const [, secret = '', secretHash = ''] =
      /secret\s+(\S+)\nsecretHash\s+(\S+)/.exec(await execute(`node ${hash} secret`)) ?? []
    const scope = 'openid offline_access notes:read notes:write'
    await writeFile(
      join(directory, 'users.json'),
      JSON.stringify([
        {
          id: 'user_ada',
          username: 'ada',
          name: 'Ada',
          email: 'ada@example.com',
          passwordHash: (await passwordHash).trim(),
          scope,
        },
      ]),
    )
    await writeFile(
      join(directory, 'clients.json'),
      JSON.stringify([
        { clientId: 'demo-web', name: 'Notes', type: 'web', redirectUris: [`http://127.0.0.1:${port}/`], scope },
        { clientId: 'batch', type: 'service', scope: 'notes:read', secretHash },
      ]),
    )
    const example = await run({
      NODE_ENV: 'production',
      USERS_FILE: join(directory, 'users.json'),
      CLIENTS_FILE: join(directory, 'clients.json'),
      SECRET: 'a secret of at least thirty-two characters',
    })
    expect(await requestToken(example, { grant_type: 'client_credentials' }, `batch:${secret}`)).toMatchObject({
      status: 200,
    })
    expect(
      await requestToken(example, { grant_type: 'client_credentials' }, 'demo-service:demo-service-secret'),
    ).toMatchObject({ status: 401 })
    const { access_token } = await signIn(example, { username: 'ada', password: 'correct horse', scope: 'notes:read' })
    expect(await graphql(example, '{ me { id } }', access_token)).toMatchObject({ data: { me: { id: 'user_ada' } } })
    await expect(signIn(example, { ...reader, scope: 'notes:read' })).rejects.toThrow(/No code/)
    expect(example.output()).not.toMatch(/reader-demo|demo-service-secret|thirty-two/)
  })
})

const execute = async (command: string): Promise<string> => (await promisify(execFile)('bash', ['-c', command])).stdout
