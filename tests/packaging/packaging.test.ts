import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../runtimes/workerd.mjs'
import { entriesOf, type Package, packages, root, run, typescriptBlocks } from './workspace.js'

const compilers = { '5.9': 'typescript-5/lib/tsc.js', '6': 'typescript/lib/tsc.js', '7': 'typescript-7/bin/tsc' }

let scratch = ''
const tarballs = new Map<string, string>()

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'scopewise-packaging-'))
  for (const { manifest, dir } of packages) {
    const [packed] = JSON.parse(await run('npm', ['pack', '--json', '--pack-destination', scratch], dir))
    tarballs.set(manifest.name, join(scratch, packed.filename))
  }
})

afterAll(() => rm(scratch, { recursive: true, force: true }))

/** What the README tells a user to install, each of our packages replaced by its tarball. */
function installArguments({ manifest, readme }: Package): string[] {
  const line = /^npm install (.+)$/m.exec(readme)?.[1]
  if (!line) throw new Error(`the README of ${manifest.name} has no line "npm install …"`)
  return line.split(' ').map((name) => tarballs.get(name) ?? name)
}

async function createConsumer(pkg: Package): Promise<string> {
  const dir = join(scratch, pkg.manifest.name.replace('/', '-'))
  await mkdir(dir)
  await writeFile(join(dir, 'package.json'), JSON.stringify({ name: 'consumer', private: true, type: 'module' }))
  await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', ...installArguments(pkg)], dir)

  const [example = ''] = typescriptBlocks(pkg.readme)
  // One that serves names a port, which may be in use here.
  await writeFile(join(dir, 'example.ts'), example.replaceAll('4000', String(await freePort())))
  const imports = entriesOf(pkg.manifest).map(
    (entry, index) => `import * as entry${index} from '${entry}'\nexport { entry${index} }`,
  )
  await writeFile(join(dir, 'entries.ts'), imports.join('\n'))
  const compilerOptions = {
    target: 'es2022',
    module: 'nodenext',
    lib: ['es2023', 'dom', 'dom.iterable'],
    types: ['node'],
    typeRoots: [join(root, 'node_modules', '@types')],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    // Our own declarations are checked through what they export; those of other packages are theirs.
    skipLibCheck: true,
    outDir: 'built',
  }
  await writeFile(join(dir, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }))
  return dir
}

/** The first that a program prints. One that serves would go on: it is ended then. */
function runUntilItPrints(script: string): Promise<string> {
  const child = spawn(process.execPath, [script])
  let complaint = ''
  child.stderr.on('data', (chunk) => {
    complaint += chunk
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => reject(new Error(`${script} ended with ${code}: ${complaint}`)))
    child.stdout.once('data', (chunk) => {
      resolve(String(chunk))
      child.kill()
    })
  })
}

describe.each(packages.map((pkg) => [pkg.manifest.name, pkg] as const))('%s from its tarball', (_name, pkg) => {
  let dir = ''
  beforeAll(async () => {
    dir = await createConsumer(pkg)
  })

  it('imports every entry', async () => {
    const script = entriesOf(pkg.manifest).map(
      (entry) => `if (Object.keys(await import('${entry}')).length === 0) throw new Error('${entry} exports nothing')`,
    )
    await writeFile(join(dir, 'import.mjs'), script.join('\n'))
    await run(process.execPath, ['import.mjs'], dir)
  })

  it.each(Object.keys(compilers) as (keyof typeof compilers)[])(
    'typechecks in a consumer with TypeScript %s',
    async (version) => {
      await run(process.execPath, [join(root, 'node_modules', compilers[version]), '-p', '.'], dir)
    },
  )

  it("runs the README's first example", async () => {
    expect((await runUntilItPrints(join(dir, 'built', 'example.js'))).trim()).not.toBe('')
  })

  it.each(Object.keys(pkg.manifest.bin ?? {}))('runs its command %s', async (name) => {
    expect(await run(join('node_modules', '.bin', name), ['--help'], dir)).toMatch(new RegExp(`^${name} COMMAND`))
  })

  it('ships no tests, no sources and nothing secret', async () => {
    const files = (await run('tar', ['-tzf', tarballs.get(pkg.manifest.name) ?? ''], scratch)).split('\n')
    expect(files).toContain('package/LICENSE')
    expect(files).toContain('package/README.md')
    expect(
      files.filter(
        (file) =>
          file && !/^package\/(dist\/.+\.(c?js|d\.c?ts)|package\.json|README\.md|LICENSE|CHANGELOG\.md)$/.test(file),
      ),
    ).toEqual([])
  })

  it('runs no install script', () => {
    const scripts = Object.keys((pkg.manifest as { scripts?: object }).scripts ?? {}) // not in Manifest: nothing else reads it
    expect(scripts.filter((name) => /install|prepare|prepublish/.test(name))).toEqual([])
  })
})

describe('the command of oauth-server, from its tarball', () => {
  it('makes a client in a file of SQLite, and gives it another secret', async () => {
    const dir = join(scratch, '@scopewise-oauth-server')
    // Its optional peer, which Node before 22.13 needs for SQLite.
    await symlink(join(root, 'node_modules', 'libsql'), join(dir, 'node_modules', 'libsql'))
    const command = join('node_modules', '.bin', 'oauth-server')
    const store = ['--sqlite', 'cli.db', '--json']
    // A server makes the file.
    const script = `import { sqliteStore } from '@scopewise/oauth-server/sqlite'; await sqliteStore('cli.db').close()`
    await run(process.execPath, ['--input-type=module', '-e', script], dir)
    const created = JSON.parse(await run(command, ['clients', 'create', '--scope', 'notes:read', ...store], dir))
    const rotated = JSON.parse(await run(command, ['clients', 'rotate-secret', created.client_id, ...store], dir))
    expect(rotated).toEqual({ client_id: created.client_id, client_secret: expect.stringMatching(/^[\w-]{43}$/) })
    expect(rotated.client_secret).not.toBe(created.client_secret)
  })
})

describe('what browsers bundle', () => {
  const entriesOfPackage = (name: string) =>
    packages.flatMap(({ manifest }) => (manifest.name === name ? entriesOf(manifest) : []))
  // Only the entry for encryption has a use for jose.
  const core = entriesOfPackage('@scopewise/token-core').filter((entry) => !entry.endsWith('/jwe'))
  // What is for Node says so by its name.
  const client = entriesOfPackage('@scopewise/oauth-client').filter((entry) => !/\/(node|stores\/file)$/.test(entry))

  it.each([...core, ...client])('%s pulls in neither jose nor node:', async (entry) => {
    const { metafile } = await build({
      stdin: { contents: `export * from '${entry}'`, resolveDir: join(root, 'tests') },
      bundle: true,
      write: false,
      metafile: true,
      format: 'esm',
      platform: 'browser',
      logLevel: 'error',
    })
    const inputs = Object.keys(metafile.inputs)
    expect(inputs.length).toBeGreaterThan(1)
    expect(inputs.filter((file) => /node_modules|^node:/.test(file))).toEqual([])
  })
})
