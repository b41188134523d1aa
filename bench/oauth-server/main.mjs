// Requests per second of each server over those of the floor, in turns.
import { table } from '../lib/paired.mjs'
import { writeResults } from '../lib/results.mjs'
import { ask, CONNECTIONS, canPin, measure, ROUNDS, startPostgres, startServer, TURN } from './harness.mjs'
import { scenarios } from './scenarios.mjs'

const CHANGES = ['refresh', 'code + PKCE']

/** Which servers are compared with which floor. */
const GROUPS = [
  {
    title: 'In memory',
    store: 'memory',
    servers: {
      'bare node:http': 'floor.mjs',
      scopewise: 'ours.mjs',
      'oidc-provider': 'oidc-provider.mjs',
      '@jmondi/oauth2-server': 'jmondi.mjs',
      '@node-oauth/oauth2-server': 'node-oauth.mjs',
    },
  },
  {
    title: 'On SQLite (WAL, synchronous=FULL)',
    store: 'sqlite',
    only: CHANGES,
    servers: { 'bare node:http, one statement a change': 'floor.mjs', scopewise: 'ours.mjs' },
  },
  {
    title: 'On PostgreSQL, over a Unix socket (pg, prepared statements, fsync off for both)',
    store: 'postgres',
    only: CHANGES,
    servers: { 'bare node:http, one statement a change': 'floor.mjs', scopewise: 'ours.mjs' },
  },
]

const sections = []
for (const { title, store, only, servers: files } of GROUPS) {
  const postgres = store === 'postgres' ? await startPostgres() : undefined
  const servers = []
  for (const [name, file] of Object.entries(files)) servers.push(await startServer(name, file, store, postgres?.host))
  const rows = []
  for (const scenario of scenarios.filter(({ name }) => only?.includes(name) ?? true)) {
    const able = servers.filter(({ paths }) => paths[scenario.path])
    const rates = await measure(scenario, able)
    for (const { name } of able) rows.push(row(scenario, name, rates, able[0].name))
  }
  sections.push(
    `## ${title}\n\n${table(['', 'server', 'ratio to the floor', 'quartiles', 'requests per second'], rows)}`,
  )
  const memory = []
  for (const server of servers) memory.push([server.name, (await ask(server, '/bench/memory')).rss / 1_048_576])
  sections.push(
    table(
      ['resident memory after the run', 'MB', 'above the floor'],
      memory.map(([name, megabytes]) => [name, megabytes.toFixed(0), (megabytes - memory[0][1]).toFixed(0)]),
    ),
  )
  for (const { child } of servers) child.disconnect()
  postgres?.stop()
}
const note = `Each turn: ${TURN} ms on ${CONNECTIONS} kept connections; ${ROUNDS} rounds; ${canPin ? 'servers on core 0, load on core 1' : 'not pinned to cores'}.

What peers do not do in these runs: @node-oauth/oauth2-server signs nothing (opaque tokens), has no metadata and no key set, and its model here forgets a rotated token, so reuse is not recognised.
@jmondi/oauth2-server has no metadata and no key set; its repositories here find and then mark. oidc-provider finds and then marks, too. The floor knows one client and keeps no grants.`
writeResults('oauth-server', `${note}\n\n${sections.join('\n\n')}`)
process.exit(0)

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
