// Installs and builds what `npm start` and `npm test` need, and nothing when nothing changed. No dependencies: it runs before there are any.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

export const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const lock = join(root, '.cache', 'prepare.lock')

/** Makes the workspace ready: dependencies as the lockfile says, every package of `filter` (default: all) built, and whatever `more` does. */
export async function prepare(filter = [], more = async () => undefined) {
  requireNode()
  await whileLocked(async () => {
    await install()
    await build(filter)
    await more()
  })
}

function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major > 20 || (major === 20 && minor >= 19)) return
  fail(
    `Scopewise needs Node 20.19 or newer; this is Node ${process.versions.node}. Install a newer one and run the command again.`,
  )
}

async function install() {
  const code = await installIn('.', 'Installing dependencies')
  if (code !== 0)
    fail(
      'Installing failed: see the lines above. Check the network and the registry that npm is set to, then run the command again.',
    )
}

/** Installs what tests start beside themselves: a real PostgreSQL. Elsewhere than on CI the tests do without. */
export async function prepareServices() {
  const code = await installIn('tests/services', 'Installing PostgreSQL for the tests, 61 MB')
  if (code === 0) return
  const sentence = 'PostgreSQL could not be installed from tests/services: see the lines above.'
  if (process.env.CI) fail(sentence)
  console.error(`\n${sentence} Its tests are SKIPPED.\n`)
}

/** Does nothing when nothing changed. An interrupted `npm ci` leaves no marker, because it removes node_modules first; so the next run installs again. */
async function installIn(folder, what) {
  const home = join(root, folder)
  const marker = join(home, 'node_modules', '.scopewise-installed')
  const wanted = `${createHash('sha256')
    .update(readFileSync(join(home, 'package-lock.json')))
    .digest('hex')} node ${process.versions.node.split('.')[0]} ${process.platform} ${process.arch}`
  if (read(marker) === wanted) return 0
  console.log(`${what} (npm ci) …`)
  rmSync(marker, { force: true })
  const prefix = folder === '.' ? [] : ['--prefix', home]
  const code = await npm(['ci', ...prefix, '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'])
  if (code === 0) writeFileSync(marker, wanted)
  return code
}

async function build(filter) {
  console.log('Building (unchanged packages come from the cache) …')
  const turbo = join(root, 'node_modules', 'turbo', 'bin', 'turbo')
  const args = ['run', 'build', '--output-logs=errors-only', ...filter.map((name) => `--filter=${name}`)]
  const code = await run(process.execPath, [turbo, ...args], { quiet: true })
  if (code !== 0) fail('The build failed: see the lines above.')
}

/** Of two commands started together one prepares, and the other waits for it. A lock whose holder has died is taken over. */
async function whileLocked(work) {
  mkdirSync(dirname(lock), { recursive: true })
  let told = false
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' })
      break
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    const holder = Number(read(lock))
    if (holder && !isAlive(holder)) {
      rmSync(lock, { force: true })
      continue
    }
    if (!told) console.log('Another command is installing or building; waiting for it …')
    told = true
    await sleep(200)
  }
  const release = () => rmSync(lock, { force: true })
  process.on('exit', release)
  try {
    await work()
  } finally {
    release()
    process.off('exit', release)
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

/** npm as the user runs it: the same npm when npm started us, else the one on the PATH. */
function npm(args) {
  const cli = process.env.npm_execpath
  if (cli && /npm-cli\.[cm]?js$/.test(cli)) return run(process.execPath, [cli, ...args])
  return process.platform === 'win32' ? run(`npm ${args.join(' ')}`, [], { shell: true }) : run('npm', args)
}

/** Runs a command in the workspace and resolves with its exit code; it ends with us. */
export function run(command, args, { quiet = false, shell = false, env = {} } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      shell,
      stdio: ['ignore', quiet ? 'pipe' : 'inherit', quiet ? 'pipe' : 'inherit'],
      env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1', ...env },
    })
    const output = []
    child.stdout?.on('data', (chunk) => output.push(chunk))
    child.stderr?.on('data', (chunk) => output.push(chunk))
    const stop = () => child.kill()
    const interrupted = (signal) => {
      stop()
      process.exit(signal === 'SIGINT' ? 130 : 143)
    }
    process.on('exit', stop)
    process.on('SIGTERM', interrupted).on('SIGINT', interrupted)
    child.on('error', reject)
    child.on('close', (code) => {
      process.off('exit', stop)
      process.off('SIGTERM', interrupted).off('SIGINT', interrupted)
      if (code !== 0) process.stderr.write(Buffer.concat(output))
      resolve(code ?? 1)
    })
  })
}

function read(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

function fail(sentence) {
  console.error(`\n${sentence}`)
  process.exit(1)
}
