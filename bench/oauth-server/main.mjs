// Requests per second of each server over those of the floor, in turns. The servers share one core, the load has the other.
import { fork, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Connection, get } from '../lib/load.mjs'
import { shuffle, table } from '../lib/paired.mjs'
import { writeResults } from '../lib/results.mjs'
import { scenarios } from './scenarios.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 15)
const TURN = 400 // milliseconds
const CONNECTIONS = 8

/** Which servers are compared with which floor. */
const GROUPS = [
  {
    title: 'In memory',
    floor: 'bare node:http',
    servers: {
      'bare node:http': ['floor.mjs'],
      scopewise: ['ours.mjs'],
      'oidc-provider': ['oidc-provider.mjs'],
      '@jmondi/oauth2-server': ['jmondi.mjs'],
      '@node-oauth/oauth2-server': ['node-oauth.mjs'],
    },
  },
  {
    title: 'On SQLite (WAL, synchronous=FULL)',
    floor: 'bare node:http, one statement a change',
    only: ['refresh', 'code + PKCE'],
    servers: { 'bare node:http, one statement a change': ['floor.mjs', 'sql'], scopewise: ['ours.mjs', 'sql'] },
  },
]

const scratch = mkdtempSync(join(tmpdir(), 'scopewise-bench-'))
const children = []
process.on('exit', () => {
  for (const child of children) child.kill()
  rmSync(scratch, { recursive: true, force: true })
})
// The load on the second core, where there are two and taskset is there.
const canPin = spawnSync('taskset', ['-cp', '1', String(process.pid)]).status === 0

const sections = []
for (const group of GROUPS) {
  const servers = await Promise.all(Object.entries(group.servers).map(([name, args]) => start(name, args)))
  const rows = []
  for (const scenario of scenarios.filter(({ name }) => group.only?.includes(name) ?? true)) {
    const able = servers.filter(({ paths }) => paths[scenario.path])
    const rates = await measure(scenario, able)
    for (const { name } of able) rows.push(row(scenario, name, rates, group.floor))
  }
  sections.push(
    `## ${group.title}\n\n${table(['', 'server', 'ratio to the floor', 'quartiles', 'requests per second'], rows)}`,
  )
  const memory = await Promise.all(servers.map(readMemory))
  sections.push(
    table(
      ['resident memory after the run', 'MB', 'above the floor'],
      memory.map(([name, megabytes]) => [name, megabytes.toFixed(0), (megabytes - memory[0][1]).toFixed(0)]),
    ),
  )
  for (const { child } of servers) child.disconnect()
}
const note = `Each turn: ${TURN} ms on ${CONNECTIONS} kept connections; ${ROUNDS} rounds; ${canPin ? 'servers on core 0, load on core 1' : 'not pinned to cores'}.

What peers do not do in these runs: @node-oauth/oauth2-server signs nothing (opaque tokens), has no metadata and no key set, and its model here forgets a rotated token, so reuse is not recognised.
@jmondi/oauth2-server has no metadata and no key set; its repositories here find and then mark. oidc-provider finds and then marks, too. The floor knows one client and keeps no grants.`
writeResults('oauth-server', `${note}\n\n${sections.join('\n\n')}`)
process.exit(0)

function start(name, [file, ...args]) {
  const execArgv = ['--expose-gc']
  const child = fork(join(here, 'servers', file), [...args, mkdtempSync(join(scratch, 's-'))], {
    execArgv,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  children.push(child)
  if (canPin) spawnSync('taskset', ['-cp', '0', String(child.pid)])
  return new Promise((resolve, reject) => {
    child.once('message', ({ port, paths }) => resolve({ name, child, port, paths }))
    child.once('exit', (code) => reject(new Error(`${name} ended with ${code}`)))
  })
}

/** Requests per second of every round, by server. */
async function measure(scenario, servers) {
  const rates = new Map(servers.map(({ name }) => [name, []]))
  for (const server of servers) await turn(scenario, server)
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

function row(scenario, name, rates, floor) {
  const own = rates.get(name)
  const ratios = own.map((rate, round) => rate / rates.get(floor)[round]).sort((a, b) => a - b)
  const quantile = (list, part) => list[Math.floor((list.length - 1) * part)]
  return [
    scenario.name,
    name,
    quantile(ratios, 0.5).toFixed(2),
    `${quantile(ratios, 0.25).toFixed(2)}-${quantile(ratios, 0.75).toFixed(2)}`,
    quantile(
      own.toSorted((a, b) => a - b),
      0.5,
    ).toFixed(0),
  ]
}

async function readMemory({ name, port }) {
  const connection = await Connection.open(port)
  const { body } = await connection.send(get('/bench/memory'))
  connection.close()
  return [name, JSON.parse(body).rss / 1_048_576]
}
