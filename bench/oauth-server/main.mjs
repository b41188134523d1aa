// Requests per second of each server over those of the floor, in turns.
import { table } from '../lib/paired.mjs'
import { writeResults } from '../lib/results.mjs'
import { ask, CONNECTIONS, canPin, measure, ROUNDS, startPostgres, startServer, TURN, WARM_UP } from './harness.mjs'
import { scenarios } from './scenarios.mjs'

const CHANGES = ['refresh', 'code + PKCE']
/** Rows that lie in each database before, so that it plans for one that is in use. */
const ROWS_BEFORE = 10_000

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
    servers: {
      'bare node:http, one statement and one commit a change': 'floor.mjs',
      'the same, commits shared': 'floor.mjs shared',
      scopewise: 'ours.mjs',
    },
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
  if (store !== 'memory') for (const server of servers) await ask(server, `/bench/fill?n=${ROWS_BEFORE}`)
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
      ['resident memory after the run, with all forgotten that was stored in memory', 'MB', 'above the floor'],
      memory.map(([name, megabytes]) => [name, megabytes.toFixed(0), (megabytes - memory[0][1]).toFixed(0)]),
    ),
  )
  for (const { child } of servers) child.disconnect()
  postgres?.stop()
}
const note = `Each turn: ${TURN} ms on ${CONNECTIONS} kept connections; ${ROUNDS} rounds after ${WARM_UP} that are not counted; ${canPin ? 'servers on core 0, load and PostgreSQL on core 1' : 'not pinned to cores'}; ${ROWS_BEFORE} rows in each database before.

What peers do not do in these runs: @node-oauth/oauth2-server signs nothing (opaque tokens), has no metadata and no key set, and its model here forgets a rotated token, so reuse is not recognised.
@jmondi/oauth2-server has no metadata and no key set; its repositories here find and then mark. oidc-provider finds and then marks, too. oidc-provider does not introspect its JWTs, since it does not store them. The floor knows one client and keeps no grants, so it introspects a JWT by its signature alone, where scopewise also looks whether the grant was revoked.`
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
