import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RULES } from './cli/findings.js'
import { toExpression } from './cli/glob.js'
import { home } from './testing/home.js'

const bin = join(home, 'dist', 'cli.js')

let cwd = ''

beforeAll(async () => {
  expect(existsSync(bin), 'build this package first: npx turbo run build').toBe(true)
  cwd = await mkdtemp(join(tmpdir(), 'scopewise-cli-'))
  await write('schema.graphql', SCHEMA)
})
afterAll(() => rm(cwd, { recursive: true, force: true }))

const SCHEMA = `type Query {
  health: String! @public
  notes: [Note!]! @auth(scope: "notes:read")
  users: [String!]! @auth(scope: ["users:read", "admin"], policy: "office")
}
type Note @auth(scope: "notes:read") {
  title: String!
}
`

async function write(name: string, text: string): Promise<void> {
  await mkdir(dirname(join(cwd, name)), { recursive: true })
  await writeFile(join(cwd, name), text)
}

interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

const cli = (...args: readonly string[]): Promise<Ended> =>
  new Promise((resolve) => {
    execFile(process.execPath, [bin, ...args], { cwd }, (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, stdout, stderr }),
    )
  })

describe('coverage', () => {
  it('prints a table and what it adds up to', async () => {
    const { code, stdout } = await cli('coverage')
    expect(code).toBe(0)
    expect(stdout.split('\n')).toEqual([
      'field         protection  scope               policy  reached by',
      'Query.health  public                                  anybody',
      'Query.notes   scoped      notes:read                  a token',
      'Query.users   scoped      users:read | admin  office  a token',
      'Note.title    scoped      notes:read                  a token',
      '',
      '100 % of 4 fields are decided about: 1 public, 0 uncovered, 0 authenticated, 3 scoped.',
      '',
    ])
  })

  it('fails below the minimum, and says where', async () => {
    await write('open.graphql', 'type Query {\n  a: Int @public\n  b: Int\n}\n')
    const args = ['coverage', '--schema', 'open.graphql', '--default', 'allow']
    expect(await cli(...args)).toMatchObject({ code: 0 })
    expect(await cli(...args, '--min', '50')).toMatchObject({ code: 0 })
    expect(await cli(...args, '--min', '50.01')).toMatchObject({ code: 1 })
    const sarif = JSON.parse((await cli(...args, '--min', '100', '--sarif')).stdout)
    expect(sarif.runs[0].results).toMatchObject([
      {
        ruleId: 'uncovered',
        level: 'error',
        locations: [
          { physicalLocation: { artifactLocation: { uri: 'open.graphql' }, region: { startLine: 3, startColumn: 3 } } },
        ],
      },
    ])
  })

  it('reports a schema that does not build, each problem at its line', async () => {
    await write('broken.graphql', 'type Query {\n  a: Int @auth(scope: "")\n  b: Int\n}\n')
    const { code, stdout } = await cli('coverage', '--schema', 'broken.graphql', '--sarif')
    expect(code).toBe(1)
    const { results } = JSON.parse(stdout).runs[0]
    const found = results.map(
      ({ ruleId, locations: [place] }: { ruleId: string; locations: { physicalLocation: { region: object } }[] }) =>
        `${ruleId} ${JSON.stringify(place?.physicalLocation.region)}`,
    )
    expect([...new Set(found)]).toEqual([
      'schema {"startLine":2,"startColumn":3}',
      'schema {"startLine":3,"startColumn":3}',
    ])
    expect((await cli('coverage', '--schema', 'broken.graphql')).stdout).toMatch(/blank scope/)
  })

  it('knows only the declared scopes when they are named', async () => {
    const { code, stdout } = await cli('coverage', '--scopes', 'notes:read users:read')
    expect([code, stdout]).toEqual([1, expect.stringMatching(/demands "admin", which is not declared/)])
    expect(await cli('coverage', '--scopes', 'notes:read,users:read,admin')).toMatchObject({ code: 0 })
  })

  it('takes the auth from a module, with its scopes, policies and schema', async () => {
    // Resolved from here, as a project would resolve its own dependencies.
    const [ours, core, graphql] = [
      join(home, 'dist/index.js'),
      join(home, '../token-core/dist/index.js'),
      createRequire(join(home, 'package.json')).resolve('graphql'),
    ].map((path) => pathToFileURL(path).href)
    await write(
      'auth.mjs',
      `
      import { createAuth } from '${ours}'
      import { defineAccessToken, defineScopes } from '${core}'
      import { buildSchema } from '${graphql}'
      export const scopes = defineScopes({ 'notes:read': 'Read', 'users:read': 'See', admin: { description: 'All', implies: ['notes:read'] } })
      export const auth = createAuth({ token: defineAccessToken({ scopes, lifetime: 600 }), policies: (policy) => ({ office: policy.operation(() => true) }) })
      export const schema = buildSchema(auth.typeDefs + ' type Query { a: Int @auth }')`,
    )
    expect(await cli('coverage', '--auth', 'auth.mjs', '--schema', 'schema.graphql')).toMatchObject({ code: 0 })
    expect((await cli('coverage', '--auth', 'auth.mjs')).stdout).toMatch(/Query\.a {2}authenticated/)
    await write('unknown.graphql', 'type Query { a: Int @auth(policy: "offfice") }')
    expect((await cli('coverage', '--auth', 'auth.mjs', '--schema', 'unknown.graphql')).stdout).toMatch(
      /policy "offfice"/,
    )
    await write(
      'scopes.mjs',
      `import { defineScopes } from '${core}'\nexport default defineScopes({ 'notes:read': 'Read' })`,
    )
    expect((await cli('coverage', '--auth', 'scopes.mjs')).stdout).toMatch(/"admin", which is not declared/)
  })
})

describe('scopes', () => {
  it('writes the manifest of all files that match', async () => {
    await write('src/a/one.graphql', 'query One { notes { ...N } }')
    await write('src/two.graphql', 'fragment N on Note { title } query Two { health }')
    await write('src/node_modules/x/three.graphql', 'query Three { nothing }')
    const { code, stdout } = await cli('scopes', 'src/**/*.graphql', '--out', 'scopes.json')
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/One +notes:read\nTwo +nothing\n\nWritten to scopes\.json/),
    ])
    const manifest = JSON.parse(await readFile(join(cwd, 'scopes.json'), 'utf8'))
    expect(Object.values(manifest.operations)).toMatchObject([
      { name: 'One', requiredScopes: [['notes:read']] },
      { name: 'Two', requiredScopes: [] },
    ])
    expect(JSON.parse((await cli('scopes', 'src/**/*.graphql', '--json')).stdout)).toEqual(manifest)
  })

  it('reports operations that are not valid, at their line', async () => {
    await write('bad/one.graphql', '# comment\nquery Bad { nothing }\n')
    const { code, stdout } = await cli('scopes', 'bad/*.graphql', '--sarif')
    expect(code).toBe(1)
    expect(JSON.parse(stdout).runs[0].results).toMatchObject([
      {
        ruleId: 'document',
        locations: [{ physicalLocation: { artifactLocation: { uri: 'bad/one.graphql' }, region: { startLine: 2 } } }],
      },
    ])
  })
})

describe('diff', () => {
  it('fails when something became public, and says so in a sentence', async () => {
    await write(
      'new.graphql',
      SCHEMA.replace('[Note!]! @auth(scope: "notes:read")', 'Int @public')
        .replace('["users:read", "admin"]', '"admin"')
        .replace('type Note', 'type Other { x: Int }\ntype Note'),
    )
    const { code, stdout } = await cli('diff', 'schema.graphql', 'new.graphql')
    expect(code).toBe(1)
    expect(stdout).toMatch(/error +public +Query\.notes/)
    expect(stdout).toMatch(/This change makes 1 field public and 1 stronger and adds 1 field\./)
    const sarif = JSON.parse((await cli('diff', 'schema.graphql', 'new.graphql', '--sarif')).stdout)
    expect(sarif.runs[0].results[0]).toMatchObject({
      ruleId: 'public',
      level: 'error',
      locations: [{ physicalLocation: { artifactLocation: { uri: 'new.graphql' }, region: { startLine: 3 } } }],
    })
  })

  it('is fine with what only grew stronger', async () => {
    await write('stronger.graphql', SCHEMA.replace('@public', '@auth'))
    expect(await cli('diff', 'schema.graphql', 'stronger.graphql')).toMatchObject({ code: 0 })
    expect(await cli('diff', 'stronger.graphql', 'schema.graphql')).toMatchObject({ code: 1 })
  })
})

describe('explain', () => {
  it('says why an element demands what it does', async () => {
    const { code, stdout } = await cli('explain', 'Query.notes')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^Query\.notes demands notes:read\./)
    expect(stdout).toMatch(/@auth\(scope: \["notes:read"\]\) +Note +the type it returns/)
  })
})

describe('lock', () => {
  it('writes the lock, and finds what was lost since', async () => {
    expect(await cli('lock')).toMatchObject({ code: 0, stdout: '4 elements written to auth.lock.json.\n' })
    expect(await cli('lock', '--check')).toMatchObject({ code: 0 })
    await write('lost.graphql', SCHEMA.replace('type Note @auth(scope: "notes:read")', 'type Note'))
    const { code, stdout } = await cli('lock', '--check', '--schema', 'lost.graphql')
    expect([code, stdout]).toEqual([1, expect.stringMatching(/^Note: the lock says @auth/)])
    const sarif = JSON.parse((await cli('lock', '--check', '--schema', 'lost.graphql', '--sarif')).stdout)
    expect(sarif.runs[0].results[0]).toMatchObject({
      ruleId: 'lock',
      locations: [{ physicalLocation: { region: { startLine: 6 } } }],
    })
  })
})

describe('a command line that is wrong', () => {
  it.each([
    [[], /COMMAND/],
    [['cover'], /no command cover/],
    [['__proto__'], /no command __proto__/],
    [['coverage', '--mim', '100'], /--mim/],
    [['coverage', '--min', 'all'], /0 to 100/],
    [['coverage', '--json', '--sarif'], /--json or --sarif/],
    [['coverage', '--schema', 'missing.graphql'], /No file matches missing\.graphql/],
    [['coverage', '--schema', 'none/**/*.graphql'], /No file matches/],
    [['coverage', '--default', 'open'], /deny or allow/],
    [['coverage', '--auth', 'missing.mjs'], /can't be imported/],
    [['scopes'], /Name the files/],
    [['diff', 'schema.graphql'], /two schemas/],
    [['explain', 'Query.nots'], /no element Query\.nots/],
    [['lock', '--check', '--lock', 'missing.json'], /can't be read/],
    [['lock', '--check', '--lock', 'schema.graphql'], /can't be read/],
  ])('%j ends with 2 and a sentence', async (args, message) => {
    const { code, stdout, stderr } = await cli(...args)
    expect(code).toBe(2)
    expect(stdout).toBe('')
    expect(stderr).toMatch(message)
  })

  it('says where a file is not GraphQL', async () => {
    await write('syntax.graphql', 'type Query {\n  a: Int\n  b\n}')
    expect(await cli('coverage', '--schema', 'syntax.graphql')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/syntax\.graphql:4:1/),
    })
  })

  it('prints help when asked', async () => {
    expect(await cli('--help')).toMatchObject({ code: 0, stdout: expect.stringMatching(/Exit codes/) })
  })
})

describe('SARIF', () => {
  it('has the shape of version 2.1.0', async () => {
    const log = JSON.parse((await cli('diff', 'schema.graphql', 'new.graphql', '--sarif')).stdout)
    expect(Object.keys(log).toSorted()).toEqual(['$schema', 'runs', 'version'])
    expect(log.version).toBe('2.1.0')
    const [run] = log.runs
    const { driver } = run.tool
    expect(driver.name).not.toBe('')
    expect(driver.rules.map(({ id }: { id: string }) => id)).toEqual(Object.keys(RULES))
    expect(run.results.length).toBeGreaterThan(2)
    for (const { ruleId, ruleIndex, level, message, locations } of run.results) {
      expect(driver.rules[ruleIndex].id).toBe(ruleId)
      expect(['error', 'warning', 'note']).toContain(level)
      expect(message.text.length).toBeGreaterThan(10)
      const [{ physicalLocation, logicalLocations }] = locations
      // §3.10: a relative URI reference. §3.30: lines and columns from 1.
      expect(physicalLocation.artifactLocation.uri).toMatch(/^[^/\\:]+(\/[^/\\:]+)*$/)
      expect(physicalLocation.region.startLine).toBeGreaterThan(0)
      expect(physicalLocation.region.startColumn).toBeGreaterThan(0)
      expect(logicalLocations[0].fullyQualifiedName).toMatch(/^\w+(\.\w+)?/)
    }
  })

  it('is an empty run when nothing was found', async () => {
    const { stdout } = await cli('coverage', '--sarif')
    expect(JSON.parse(stdout).runs[0].results).toEqual([])
  })
})

describe('patterns', () => {
  it.each([
    ['**/*.graphql', ['a.graphql', 'b/c.graphql', 'b/d/e.graphql'], ['a.gql', 'agraphql']],
    ['b/*.graphql', ['b/c.graphql'], ['b/d/e.graphql', 'a.graphql']],
    ['b/**', ['b/c', 'b/d/e'], ['a']],
    ['?.{graphql,gql}', ['a.graphql', 'b.gql'], ['ab.gql', 'a.ts']],
    ['[ab].gql', ['a.gql'], ['c.gql']],
    ['[!ab].gql', ['c.gql'], ['a.gql']],
    ['a+(b).gql', ['a+(b).gql'], ['ab.gql']],
  ])('%s', (pattern, fits, not) => {
    for (const path of fits) expect(path).toMatch(toExpression(pattern))
    for (const path of not) expect(path).not.toMatch(toExpression(pattern))
  })
})
