// `npm run test:runtimes`: the suites on every runtime that is promised, or on those named: `npm run test:runtimes -- bun deno`.
import { spawn } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleSuites } from './bundle.mjs'
import { runInChromium } from './chromium.mjs'
import { install, NODE_22 } from './install.mjs'
import { binaryIn, runInWorkerd, WORKERD } from './workerd.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '../..')
const cache = join(root, '.cache', 'runtimes')

/** Prints the result as the last line, for a parent to read. */
const PRINT = `import { run } from 'suite'
// A test may wait for a timer that doesn't hold the process.
setInterval(() => undefined, 1000)
const result = await run()
console.log('\\n' + JSON.stringify(result))
globalThis.process?.exit(0)`

/** Answers at once, and with the result when there is one: nobody gives up on an answer that goes on. */
const ANSWER = `import { run } from 'suite'
export default {
  fetch() {
    const { readable, writable } = new TransformStream()
    const writer = writable.getWriter()
    const write = (text) => writer.write(new TextEncoder().encode(text))
    const beat = setInterval(() => write('\\n'), 1000)
    const finish = async () => {
      const result = await run()
      clearInterval(beat)
      await write(JSON.stringify(result))
      await writer.close()
    }
    finish().catch((error) => writer.abort(error))
    return new Response(readable)
  },
}`

const node = (version) => ({
  packages: [`node@${version}`],
  hasNode: true,
  hasNodeEngine: true,
  entry: PRINT,
  run: (bundle, folder) => runProcess(join(folder, 'node_modules/node/bin/node'), ['--no-warnings', bundle]),
})

/** Every runtime: what to install, and how a bundle runs on it. Chromium is the one that is on the machine. */
const RUNTIMES = {
  node20: node('20.20.2'),
  node22: node(NODE_22),
  node24: node('24.21.0'),
  node26: node('26.10.0'),
  bun: {
    packages: ['bun@1.4.5'],
    hasNode: true,
    hasNodeEngine: true,
    entry: PRINT,
    run: (bundle, folder) => runProcess(join(folder, 'node_modules/.bin/bun'), ['run', bundle]),
  },
  deno: {
    packages: ['deno@2.9.5'],
    hasNode: true,
    hasNodeEngine: false,
    entry: PRINT,
    run: (bundle, folder) => runProcess(join(folder, 'node_modules/.bin/deno'), ['run', '-A', '--no-lock', bundle]),
  },
  workerd: {
    packages: [WORKERD],
    hasNode: false,
    hasNodeEngine: false,
    entry: ANSWER,
    run: (bundle, folder) => runInWorkerd(bundle, binaryIn(folder)),
  },
  chromium: {
    packages: [],
    hasNode: false,
    hasNodeEngine: false,
    entry: `import { run } from 'suite'
globalThis.result = run()`,
    run: runInChromium,
  },
}

const wanted = process.argv.slice(2)
const stranger = wanted.find((name) => !Object.hasOwn(RUNTIMES, name))
if (stranger) {
  console.error(`There is no runtime "${stranger}". There are: ${Object.keys(RUNTIMES).join(', ')}.`)
  process.exit(2)
}
const scratch = mkdtempSync(join(tmpdir(), 'scopewise-runtimes-'))
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }))
// What a test starts in another process: the bundles stand beside its folder, as the sources do.
for (const folder of ['testing', 'bundles']) mkdirSync(join(scratch, folder))
copyFileSync(join(root, 'packages/token-core/src/testing/signer.mjs'), join(scratch, 'testing/signer.mjs'))

const totals = { passed: 0, failed: 0, skipped: 0 }
for (const name of wanted.length > 0 ? wanted : Object.keys(RUNTIMES)) {
  const outcome = await runOn(name).catch((error) => ({
    passed: 0,
    failed: [`${name}: ${error.message}`],
    skipped: [],
  }))
  const { passed, failed, skipped } = outcome
  const isEmpty = passed === 0 && failed.length === 0
  if (isEmpty) failed.push(`${name} ran no test.`)
  for (const failure of failed) console.log(`FAIL  ${name}  ${failure}`)
  for (const skip of skipped) console.log(`skip  ${name}  ${skip}`)
  console.log(`${name.padEnd(9)} ${passed} passed, ${failed.length} failed, ${skipped.length} skipped`)
  totals.passed += passed
  totals.failed += failed.length
  totals.skipped += skipped.length
}
console.log(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`)
process.exitCode = totals.failed === 0 ? 0 : 1

async function runOn(name) {
  const { packages, run, ...suite } = RUNTIMES[name]
  const folder = join(cache, name)
  if (packages.length > 0) await install(folder, packages)
  const outfile = join(scratch, 'bundles', `${name}.mjs`)
  await bundleSuites({ name, outfile, ...suite })
  return run(outfile, folder)
}

/** Runs a command to its end. Its last line is JSON. */
function runProcess(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: scratch,
      shell: process.platform === 'win32',
      env: { ...process.env, NO_COLOR: '1' },
      timeout: 900_000,
    })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (chunk) => {
      stdout += chunk
    })
    child.stderr.on('data', (chunk) => {
      stderr += chunk
    })
    child.on('error', reject)
    child.on('close', (code) => {
      try {
        resolve(JSON.parse(stdout.trim().split('\n').at(-1)))
      } catch {
        reject(new Error(`it ended with ${code} and no result\n${stdout.slice(-2000)}\n${stderr.slice(-4000)}`))
      }
    })
  })
}
