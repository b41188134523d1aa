// A PostgreSQL of its own for one test file, forked by testing/postgres.ts. It ends with whoever forked it, also when that one is killed.
import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, chownSync, cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** PostgreSQL refuses to run as root: then it runs as nobody. */
const NOBODY = 65534
const isRoot = process.getuid?.() === 0
const owner = isRoot ? { uid: NOBODY, gid: NOBODY } : {}

const folder = mkdtempSync(join(tmpdir(), 'scopewise-pg-'))
const native = readable(process.argv[2])
const data = join(folder, 'data')
const env = { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' }
let server

process.on('disconnect', end)
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, end)
process.on('exit', cleanUp)
process.on('message', async (message) => {
  if (message === 'crash') await crash()
  if (message === 'start') await start()
  process.send({ done: message })
})

mkdirSync(data)
if (isRoot) chownSync(data, NOBODY, NOBODY)
chmodSync(data, 0o700)
run('initdb', ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'])
await start()
process.send({ host: folder })

/** The binaries where the unprivileged user can reach them: the checkout may lie in a home directory. */
function readable(path) {
  if (!isRoot) return path
  const copy = join(folder, 'native')
  chmodSync(folder, 0o777)
  cpSync(path, copy, { recursive: true, verbatimSymlinks: true })
  return copy
}

function run(name, args) {
  const { status, stderr } = spawnSync(join(native, 'bin', name), args, { ...owner, env, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${name} ended with ${status}: ${stderr}`)
}

/** Resolves when it takes connections. A socket in the folder instead of a port: nothing can be in its way. */
function start() {
  const settings = {
    listen_addresses: '',
    unix_socket_directories: folder,
    max_connections: 120,
    // A killed server keeps what it wrote; only a machine that loses power would not.
    fsync: 'off',
    logging_collector: 'off',
  }
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  server = spawn(join(native, 'bin', 'postgres'), ['-D', data, ...args], {
    ...owner,
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  return new Promise((resolve, reject) => {
    let log = ''
    server.stderr.on('data', (chunk) => {
      // The end of it is enough to find the line, and to tell why it ended: a server that runs for long writes much.
      log = (log + chunk).slice(-8192)
      if (log.includes('ready to accept connections')) resolve()
    })
    server.on('exit', (code) => reject(new Error(`postgres ended with ${code}: ${log}`)))
  })
}

/** What `pg_ctl stop -m immediate` does: no checkpoint, no word to the clients. */
function crash() {
  return new Promise((resolve) => {
    server.once('exit', resolve)
    server.kill('SIGQUIT')
  })
}

async function end() {
  await crash()
  process.exit(0)
}

function cleanUp() {
  server?.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
}
