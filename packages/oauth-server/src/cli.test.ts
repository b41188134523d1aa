import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCli } from './cli/run.js'
import { hasPostgres, type PostgresServer, startPostgres } from './testing/postgres.js'

const home = fileURLToPath(new URL('..', import.meta.url))
const bin = join(home, 'dist', 'cli.js')
const SECRET = 'a secret for the command line: 0123456789abcdef'

let cwd = ''

const DAY = 86_400

/** A server over a store, as a module; the environment says what differs. */
const configOver = (store: string) => `
import { createAuthorizationServer } from ${JSON.stringify(pathToFileURL(join(home, 'dist/index.js')).href)}
import { sqliteStore } from ${JSON.stringify(pathToFileURL(join(home, 'dist/sqlite.js')).href)}
import { postgresStore } from ${JSON.stringify(pathToFileURL(join(home, 'dist/postgres.js')).href)}
import { defineAccessToken, defineScopes } from ${JSON.stringify(import.meta.resolve('@scopewise/token-core'))}
import pg from 'pg'
const scopes = defineScopes({ 'notes:read': 'Read', 'notes:write': 'Write' })
export const server = createAuthorizationServer({
  issuer: process.env.ISSUER ?? 'https://auth.example',
  token: defineAccessToken({ scopes, lifetime: Number(process.env.LIFETIME ?? 600) }),
  resources: { 'https://api.example': ['notes:read', 'notes:write'] },
  clients: [{ clientId: 'web', redirectUris: ['https://app.example/cb'], scope: ['notes:read'] }],
  login: () => ({ subject: 'alice' }),
  store: ${store},
  secret: ${JSON.stringify(SECRET)},
  now: () => Math.floor(Date.now() / 1000) + Number(process.env.AHEAD ?? 0),
})
setInterval(() => undefined, 1000) // holds the process, as a server that listens does
`

beforeAll(async () => {
  expect(existsSync(bin), 'build this package first: npx turbo run build').toBe(true)
  cwd = await mkdtemp(join(tmpdir(), 'scopewise-oauth-server-cli-'))
  await writeFile(join(cwd, 'auth.mjs'), configOver(`sqliteStore(${JSON.stringify(join(cwd, 'auth.db'))})`))
  await writeFile(join(cwd, 'secret.txt'), `${SECRET}\n`)
  // The driver is the user's.
  await symlink(join(home, '../../node_modules'), join(cwd, 'node_modules'))
  await inServer('server.ready()')
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

/** The same in this process, for command lines that end before anything is done: starting a process takes longer than all of it. */
async function tell(args: readonly string[]): Promise<Ended> {
  const { exitCode: code, stdout, stderr } = await runCli(args, { cwd, env: process.env })
  return { code, stdout, stderr }
}

const config = ['--config', 'auth.mjs']
const store = ['--sqlite', 'auth.db']

interface Start {
  readonly module?: string
  readonly env?: Readonly<Record<string, string>>
}

/** Asks the configured server in a process of its own, as a later start would. */
const inServer = (expression: string, { module = 'auth.mjs', env = {} }: Start = {}): Promise<Ended> =>
  new Promise((resolve) => {
    const script = `import { server } from './${module}'
console.log(JSON.stringify(await (${expression}) ?? null))
process.exit()`
    const options = { cwd, env: { ...process.env, ...env } }
    execFile(process.execPath, ['--input-type=module', '-e', script], options, (error, stdout, stderr) =>
      resolve({ code: error ? 1 : 0, stdout, stderr }),
    )
  })
const kids = async (start?: Start): Promise<readonly string[]> => {
  const { stdout } = await inServer(
    `server.fetch(new Request('https://auth.example/jwks')).then((answer) => answer.json())`,
    start,
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
    [
      'a type that is none',
      ['clients', 'create', ...store, '--type', 'robot'],
      /its type has to be one of web, native, service/,
    ],
  ])('fails with 1 for %s', async (_name, args, sentence) => {
    const { code, stdout, stderr } = await tell(args)
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(sentence)
  })
})

describe('keys rotate', () => {
  it('MD-08 publishes new keys beside those that sign', async () => {
    const before = await kids()
    const { code, stdout } = await run(['keys', 'rotate', ...config])
    expect(code).toBe(0)
    expect(stdout).toMatch(
      /^ES256: published [\w-]{43}, which signs from \S+Z\.\nRS256: published [\w-]{43}, which signs from \S+Z\.\n$/,
    )
    const after = await kids()
    expect(after).toEqual(expect.arrayContaining([...before]))
    expect(after.length).toBe(before.length + 2)
    // A second time there is nothing to publish, and it says so.
    const again = await run(['keys', 'rotate', ...config, '--json'])
    expect([again.code, JSON.parse(again.stdout), await kids()]).toEqual([0, { published: [] }, after])
  })

  it('MD-08 takes no key away before the last token that it signed, which the store alone does not tell', async () => {
    await writeFile(join(cwd, 'long.mjs'), configOver(`sqliteStore('long.db')`))
    const long = { module: 'long.mjs', env: { LIFETIME: String(100 * DAY) } }
    const before = await kids(long)
    expect((await run(['keys', 'rotate', '--sqlite', 'long.db', '--secret-file', 'secret.txt'])).code).toBe(0)
    const later = (days: number) => kids({ ...long, env: { ...long.env, AHEAD: String(days * DAY) } })
    expect(await later(99)).toEqual(expect.arrayContaining([...before]))
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
    expect([right.code, JSON.parse(right.stdout)]).toEqual([0, { published: [] }])
  })
})

describe.skipIf(!hasPostgres)('--database-url', () => {
  let postgres: PostgresServer
  let url = ''
  const start = () => ({ module: 'postgres.mjs', env: { DATABASE_URL: url } })

  beforeAll(async () => {
    postgres = await startPostgres()
    url = `postgres://postgres@/postgres?host=${encodeURIComponent(postgres.host)}`
    const pool = `new pg.Pool({ connectionString: process.env.DATABASE_URL })`
    await writeFile(join(cwd, 'postgres.mjs'), configOver(`postgresStore(${pool})`))
    await inServer('server.ready()', start())
  })
  afterAll(() => postgres.stop())

  it('MD-08 rotates the keys of a server in PostgreSQL, with its secret', async () => {
    const before = await kids(start())
    const { code, stderr } = await run(['keys', 'rotate', '--database-url', url, '--secret-file', 'secret.txt'])
    expect([code, stderr]).toEqual([0, ''])
    const after = await kids(start())
    expect(after).toEqual(expect.arrayContaining([...before]))
    expect(after.length).toBe(before.length + 2)
  })

  it('creates a client and rotates its secret', async () => {
    const target = ['--database-url', url, '--json']
    const created = JSON.parse((await run(['clients', 'create', '--scope', 'notes:read', ...target])).stdout)
    expect((await run(['clients', 'rotate-secret', created.client_id, ...target])).code).toBe(0)
    const known = await inServer(`server.clients.get(${JSON.stringify(created.client_id)})`, start())
    expect(JSON.parse(known.stdout)).toMatchObject({ scope: ['notes:read'], secrets: 2 })
  })

  it.each([
    ['without its secret', () => [], 2, /needs the server's secret: --secret-file/],
    ['with another secret', () => ['--secret-file', 'other.txt'], 1, /can not be opened/],
    [
      'in a schema that is not there',
      () => ['--secret-file', 'secret.txt', '--schema', 'typo'],
      1,
      /schema typo is not/,
    ],
  ])('rotates nothing %s, and leaves everything as it was', async (_name, args, status, sentence) => {
    await writeFile(join(cwd, 'other.txt'), `not ${SECRET}`)
    const before = await kids(start())
    const { code, stderr } = await tell(['keys', 'rotate', '--database-url', url, ...args()])
    expect([code, stderr]).toEqual([status, expect.stringMatching(sentence)])
    expect(await kids(start())).toEqual(before)
    const { rows } = await postgres.pool(1).query(`SELECT 1 FROM pg_namespace WHERE nspname = 'typo'`)
    expect(rows).toEqual([])
  })

  it('says why the database can not be reached', async () => {
    const { code, stderr } = await run(['clients', 'create', '--scope', 'a', '--database-url', `${url}-nowhere`])
    expect([code, stderr]).toEqual([1, expect.stringMatching(/can not reach its storage\. connect ENOENT/)])
  })
})

describe('assess', () => {
  it('prints a line for each rule, and succeeds where none that binds everybody fails', async () => {
    const { code, stdout } = await run(['assess', ...config])
    expect(stdout).toMatch(/^oauth-https +passed +The issuer is https\.$/m)
    expect(stdout).toMatch(/^fapi-confidential +failed +These clients are public: web\. /m)
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
    [
      'no target',
      ['keys', 'rotate'],
      /Name the server by one of --config MODULE, --sqlite FILE and --database-url URL/,
    ],
    ['two targets', ['keys', 'rotate', ...config, ...store], /Name the server by one of/],
    [
      'a file that is not there',
      ['clients', 'create', '--sqlite', 'gone.db', '--scope', 'a'],
      /There is no file .*gone\.db/,
    ],
    ['an address that is none', ['clients', 'create', '--database-url', 'db', '--scope', 'a'], /such as postgres:\/\//],
    ['keys without the secret', ['keys', 'rotate', ...store], /needs the server's secret: --secret-file/],
    ['a secret that is not there', ['keys', 'rotate', ...store, '--secret-file', 'gone'], /gone can't be read/],
    ['a scope that can be none', ['clients', 'create', ...store, '--scope', 'a b'], /--scope: Scope "a b" holds/],
    ['a module that is not there', ['assess', '--config', 'gone.mjs'], /gone\.mjs can't be imported/],
    ['an algorithm that is none', ['keys', 'rotate', ...config, '--algorithm', 'HS256'], /ES256, RS256/],
    ['a standard that is none', ['assess', ...config, '--standard', 'x'], /--standard is one of/],
    ['an overlap that is none', ['clients', 'rotate-secret', 'c', ...config, '--overlap', 'x'], /number of seconds/],
    ['assess without a configuration', ['assess', ...store], /needs --config/],
    ['more words', ['keys', 'rotate', 'now', ...config], /What is now for/],
  ])('ends with 2 for %s, and says what is wrong', async (_name, args, sentence) => {
    const { code, stdout, stderr } = await tell(args)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(sentence)
  })

  it('explains itself', async () => {
    const { code, stdout } = await run(['--help'])
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^oauth-server COMMAND/)])
    expect((await run([])).code).toBe(2)
  })
})
