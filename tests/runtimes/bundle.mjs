// Bundles the suites of the packages, from their sources, into one module that runs them.

import { readdirSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { builtinModules } from 'node:module'
import { basename, dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const here = dirname(fileURLToPath(import.meta.url))
const root = join(here, '../..')

/** The packages whose design promises every runtime. */
const PACKAGES = ['token-core', 'oauth-client', 'graphql-auth-directive']

/** Tests that start programs or read what stands beside them: a bundle stands elsewhere. */
const BESIDE_FILES = new Set(['cjs.test.ts', 'cli.test.ts', 'graphql-version.test.ts', 'manifest-page.test.ts'])

/** Tests of what a runtime does not have, by how their paths begin. */
const LACKING = {
  // No BroadcastChannel: a popup belongs to a page.
  workerd: ['oauth-client/src/browser/popup.test.ts'],
  // Servers read and set cookies in headers that scripts in a page can't touch.
  chromium: ['oauth-client/src/bff', 'oauth-client/src/authorization/sealed-transactions.test.ts'],
}

/**
 * Writes one ES module to `outfile`. Which files a runtime gets: all, but
 * - `….node.test.ts` is about the engine on node:crypto, and for runtimes that use it (Node, Bun);
 * - what needs Node's modules or globals, itself or by what it imports, is for those that have them (Deno, too);
 * - what fakes a runtime by `vi` is for vitest: here are the real ones;
 * - what needs files beside it is for vitest as well;
 * - what is about an API that a runtime lacks stands in `LACKING`.
 * @param {{ name: string, outfile: string, hasNode: boolean, hasNodeEngine: boolean, entry: string }} options entry: the host's code, which imports `suite`
 * @returns {Promise<number>} how many test files are in it
 */
export async function bundleSuites({ name, outfile, hasNode, hasNodeEngine, entry }) {
  const lacking = (LACKING[name] ?? []).map((path) => join(root, 'packages', path))
  const all = PACKAGES.flatMap(findTests).filter(
    (file) =>
      !lacking.some((start) => file.startsWith(start)) &&
      !BESIDE_FILES.has(basename(file)) &&
      !/\bvi\b.*from 'vitest'/.test(readFileSync(file, 'utf8')),
  )
  const files = []
  for (const file of all) {
    if (file.endsWith('.node.test.ts') ? hasNodeEngine : hasNode || !(await needsNode(file))) files.push(file)
  }
  const list = files.map((file) => {
    const path = relative(root, file).split(sep).join('/')
    return `${JSON.stringify(path)}: () => import(${JSON.stringify(file)})`
  })
  const suite = `import { runSuite } from ${JSON.stringify(join(here, 'suite.mjs'))}
export const run = () => runSuite({\n${list.join(',\n')}\n})`
  const plugins = [virtual(suite), secondCopies]
  await build({ ...options({ outfile, write: true, hasNode }), stdin: { contents: entry, resolveDir: here }, plugins })
  return files.length
}

function findTests(name) {
  const folder = join(root, 'packages', name, 'src')
  return readdirSync(folder, { recursive: true })
    .filter((path) => path.endsWith('.test.ts'))
    .sort()
    .map((path) => join(folder, path))
}

const BUILTINS = new Set(builtinModules.flatMap((name) => [name, `node:${name}`]))

async function needsNode(file) {
  if (/\b(?:Buffer\.|setImmediate\()/.test(readFileSync(file, 'utf8'))) return true
  const { metafile } = await build({
    ...options({ outfile: 'unused.js', write: false, hasNode: false }),
    entryPoints: [file],
    plugins: [secondCopies],
  })
  const imports = Object.entries(metafile.inputs)
    // chai and friends look for Node and do without it.
    .filter(([path]) => !path.includes('node_modules'))
    .flatMap(([, input]) => input.imports)
  return imports.some(({ path, external }) => external && BUILTINS.has(path))
}

const REQUIRE = `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)`

const options = ({ outfile, write, hasNode }) => ({
  outfile,
  write,
  metafile: true,
  bundle: true,
  format: 'esm',
  target: 'es2022',
  platform: 'neutral',
  // Packages say by `browser` what they are without Node.
  mainFields: [...(hasNode ? [] : ['browser']), 'module', 'main'],
  conditions: ['import', 'default'],
  external: [...BUILTINS],
  alias: { vitest: join(here, 'vitest.mjs') },
  // `npm test` tries properties at length: here it is the runtime that is tried.
  define: { 'process.env.NODE_ENV': '"test"', 'process.env.SCOPEWISE_RUNS': '"0.2"' },
  // What is CommonJS inside the bundle requires Node's modules.
  ...(hasNode && { banner: { js: REQUIRE } }),
  logLevel: 'error',
})

/** Gives `import { run } from 'suite'` its module. */
const virtual = (contents) => ({
  name: 'suite',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^suite$/ }, () => ({ path: 'suite', namespace: 'virtual' }))
    onLoad({ filter: /.*/, namespace: 'virtual' }, () => ({ contents, resolveDir: here }))
  },
})

/**
 * A test loads a second copy of a module by a query that vite must not see: `./errors.js?copy=${1}`. esbuild needs it
 * spelt out, and then makes a module of its own for each query.
 */
const secondCopies = {
  name: 'second copies',
  setup({ onLoad, onResolve, resolve }) {
    onLoad({ filter: /\.test\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8')
      return { contents: source.replace(/`(\.\/\S+\?copy=)\$\{(\d)\}`/g, "'$1$2'"), loader: 'ts' }
    })
    onResolve({ filter: /\?copy=\d$/ }, async ({ path, resolveDir, kind }) => {
      const [file, query] = path.split('?')
      const { path: found, errors } = await resolve(file, { resolveDir, kind })
      return { path: found, errors, suffix: `?${query}` }
    })
  },
}
