import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const home = fileURLToPath(new URL('..', import.meta.url))
const bin = join(home, 'dist', 'cli.js')
const SECRET = 'a secret for the command line: 0123456789abcdef'

let cwd = ''

const CONFIG = `
import { createAuthorizationServer } from ${JSON.stringify(pathToFileURL(join(home, 'dist/index.js')).href)}
import { sqliteStore } from ${JSON.stringify(pathToFileURL(join(home, 'dist/sqlite.js')).href)}
import { defineAccessToken, defineScopes } from ${JSON.stringify(import.meta.resolve('@scopewise/token-core'))}
const scopes = defineScopes({ 'notes:read': 'Read', 'notes:write': 'Write' })
export const server = createAuthorizationServer({
  issuer: process.env.ISSUER ?? 'https://auth.example',
  token: defineAccessToken({ scopes, lifetime: 600 }),
  resources: { 'https://api.example': ['notes:read', 'notes:write'] },
  clients: [{ clientId: 'web', redirectUris: ['https://app.example/cb'], scope: ['notes:read'] }],
  login: () => ({ subject: 'alice' }),
  store: sqliteStore('auth.db'),
  secret: ${JSON.stringify(SECRET)},
})
`

beforeAll(async () => {
  expect(existsSync(bin), 'build this package first: npx turbo run build').toBe(true)
  cwd = await mkdtemp(join(tmpdir(), 'scopewise-oauth-server-cli-'))
  await writeFile(join(cwd, 'auth.mjs'), CONFIG)
  await writeFile(join(cwd, 'secret.txt'), `${SECRET}\n`)
})
afterAll(() => rm(cwd, { recursive: true, force: true }))

interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

const run = (args: readonly string[], env: Record<string, string> = {}): Promise<Ended> =>
  new Promise((resolve) => {
    execFile(process.execPath, [bin, ...args], { cwd, env: { ...process.env, ...env } }, (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, stdout, stderr }),
    )
  })
const config = ['--config', 'auth.mjs']
const store = ['--sqlite', 'auth.db']

/** Asks the configured server in a process of its own, as a later start would. */
const inServer = (expression: string): Promise<Ended> =>
  new Promise((resolve) => {
    const script = `import { server } from './auth.mjs'\nconsole.log(JSON.stringify(await (${expression})))`
    execFile(process.execPath, ['--input-type=module', '-e', script], { cwd }, (error, stdout, stderr) =>
      resolve({ code: error ? 1 : 0, stdout, stderr }),
    )
  })
const kids = async (): Promise<readonly string[]> => {
  const { stdout } = await inServer(
    `server.fetch(new Request('https://auth.example/jwks')).then((answer) => answer.json())`,
  )
  return JSON.parse(stdout).keys.map(({ kid }: { kid: string }) => kid)
}

describe('clients', () => {
  it('creates a client in a store; the server knows it', async () => {
    const { code, stdout } = await run([
      'clients',
      'create',
      ...store,
      '--scope',
      'notes:read',
      '--name',
      'Job',
      '--json',
    ])
    expect(code).toBe(0)
    const { client_id: id, client_secret: secret } = JSON.parse(stdout)
    expect([id, secret]).toEqual([expect.stringMatching(/^c_/), expect.stringMatching(/^[\w-]{43}$/)])
    expect(JSON.parse((await inServer(`server.clients.get(${JSON.stringify(id)})`)).stdout)).toMatchObject({
      name: 'Job',
      scope: ['notes:read'],
      secrets: 1,
    })
  })

  it('rotates its secret, and prints only the new one', async () => {
    const created = JSON.parse((await run(['clients', 'create', ...store, '--scope', 'notes:read', '--json'])).stdout)
    const { code, stdout } = await run(['clients', 'rotate-secret', created.client_id, ...store, '--overlap', '0'])
    expect(code).toBe(0)
    expect(stdout).toMatch(new RegExp(`^client_id  ${created.client_id}\nclient_secret  [\\w-]{43}\n$`))
    expect(stdout).not.toContain(created.client_secret)
    expect(JSON.parse((await inServer(`server.clients.get('${created.client_id}')`)).stdout).secrets).toBe(1)
  })

  it('creates a public client where it has redirect URIs, by the configuration as well', async () => {
    const { code, stdout } = await run(['clients', 'create', ...config, '--redirect-uri', 'https://spa.example/cb'])
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^client_id {2}c_[\w-]{22}\n$/)])
  })

  it.each([
    [
      'a redirect URI that is none',
      ['clients', 'create', ...config, '--redirect-uri', 'http://x.example'],
      /has to be https/,
    ],
    ['a scope that is not declared', ['clients', 'create', ...config, '--scope', 'unknown'], /does not declare/],
    ['a client that is not there', ['clients', 'rotate-secret', 'c_unknown', ...store], /no such client/],
  ])('fails with 1 for %s', async (_name, args, sentence) => {
    const { code, stdout, stderr } = await run(args)
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(sentence)
  })
})

describe('keys rotate', () => {
  it('MD-08 publishes new keys beside those that sign', async () => {
    const before = await kids()
    const { code, stdout } = await run(['keys', 'rotate', ...config])
    expect([code, stdout]).toEqual([0, 'Published a new key for ES256 and RS256.\n'])
    const after = await kids()
    expect(after).toEqual(expect.arrayContaining([...before]))
    expect(after.length).toBeGreaterThan(before.length)
  })

  it('opens the keys of a store with the secret of the server alone', async () => {
    const wrong = await run(['keys', 'rotate', ...store], { SCOPEWISE_SECRET: `not ${SECRET}` })
    expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringMatching(/can not be opened with the option secret/)])
    const right = await run([
      'keys',
      'rotate',
      ...store,
      '--secret-file',
      'secret.txt',
      '--algorithm',
      'ES256',
      '--json',
    ])
    expect([right.code, right.stdout]).toEqual([0, '{\n  "rotated": [\n    "ES256"\n  ]\n}\n'])
  })
})

describe('assess', () => {
  it('prints a line for each rule, and succeeds where none that binds everybody fails', async () => {
    const { code, stdout } = await run(['assess', ...config])
    expect(stdout).toMatch(/^oauth-https +passed +The issuer is https\.$/m)
    expect(stdout).toMatch(/^fapi-confidential +failed +These clients are public: web\.$/m)
    expect(code).toBe(0)
  })

  it('fails with 1 for a rule that is broken, and for FAPI 2.0 where it is asked for', async () => {
    const broken = await run(['assess', ...config], { ISSUER: 'http://localhost:4000' })
    expect([broken.code, broken.stdout]).toEqual([1, expect.stringMatching(/^oauth-https +failed/m)])
    const fapi = await run(['assess', ...config, '--standard', 'FAPI 2.0', '--json'])
    expect(fapi.code).toBe(1)
    expect(new Set(JSON.parse(fapi.stdout).map(({ standard }: { standard: string }) => standard))).toEqual(
      new Set(['FAPI 2.0']),
    )
  })
})

describe('the command line', () => {
  it.each([
    ['an unknown command', ['frobnicate', ...config], /There is no command frobnicate/],
    ['an unknown option', ['assess', '--frobnicate'], /frobnicate/],
    ['no target', ['keys', 'rotate'], /Say --config MODULE, --sqlite FILE or --database-url URL/],
    ['two targets', ['keys', 'rotate', ...config, ...store], /Say --config/],
    ['a module that is not there', ['assess', '--config', 'gone.mjs'], /gone\.mjs can't be imported/],
    ['an algorithm that is none', ['keys', 'rotate', ...config, '--algorithm', 'HS256'], /ES256, RS256/],
    ['a standard that is none', ['assess', ...config, '--standard', 'x'], /--standard is one of/],
    ['an overlap that is none', ['clients', 'rotate-secret', 'c', ...config, '--overlap', 'x'], /number of seconds/],
    ['assess without a configuration', ['assess', ...store], /needs --config/],
    ['more words', ['keys', 'rotate', 'now', ...config], /What is now for/],
  ])('ends with 2 for %s, and says what is wrong', async (_name, args, sentence) => {
    const { code, stdout, stderr } = await run(args)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(sentence)
  })

  it('explains itself', async () => {
    const { code, stdout } = await run(['--help'])
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^oauth-server COMMAND/)])
    expect((await run([])).code).toBe(2)
  })
})
