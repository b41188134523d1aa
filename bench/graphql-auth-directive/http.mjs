// Whole requests over HTTP: servers on one core, the load on the other, in turns.
import { fork, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { Connection } from '../lib/load.mjs'
import { shuffle, table } from '../lib/paired.mjs'
import { createRealm, QUERIES } from './schemas.mjs'

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 11)
const REQUESTS = 400
const CONNECTIONS = 8
const canPin = spawnSync('taskset', ['-cp', '1', String(process.pid)]).status === 0

const TARGETS = { repeated: 0.9, RS256: 0.65, ES256: 0.5, EdDSA: 0.45 }

const children = []
process.on('exit', () => {
  for (const child of children) child.kill()
})

async function start(name, algorithm, jwk) {
  const child = fork(fileURLToPath(new URL('server.mjs', import.meta.url)), [name, algorithm], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  children.push(child)
  if (canPin) spawnSync('taskset', ['-cp', '0', String(child.pid)])
  return new Promise((resolve, reject) => {
    child.once('message', ({ port }) => resolve({ name, child, port }))
    child.once('exit', (code) => reject(new Error(`${name} ended with ${code}`)))
    child.send(jwk)
  })
}

const body = JSON.stringify({ query: QUERIES.me })
const requestOf = (jwt) =>
  `POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAccept: application/json\r\nAuthorization: Bearer ${jwt}\r\nContent-Length: ${body.length}\r\n\r\n${body}`

/** Requests per second of one turn. */
async function turn({ name, port }, requests) {
  const connections = await Promise.all(Array.from({ length: CONNECTIONS }, () => Connection.open(port)))
  let next = 0
  const drive = async (connection) => {
    while (next < REQUESTS) {
      const { status, body: answer } = await connection.send(requests[next++ % requests.length])
      if (status !== 200 || !answer.includes('Alice')) throw new Error(`${name}: ${status} ${answer.slice(0, 300)}`)
    }
  }
  const began = performance.now()
  await Promise.all(connections.map(drive))
  const elapsed = performance.now() - began
  for (const connection of connections) connection.close()
  return (REQUESTS * 1000) / elapsed
}

const quantile = (list, part) => list.toSorted((a, b) => a - b)[Math.floor((list.length - 1) * part)]

async function compare(title, target, servers, take) {
  const rates = new Map(servers.map(({ name }) => [name, []]))
  for (const server of [...servers, ...servers]) await turn(server, await take(server))
  for (let round = 0; round < ROUNDS; round++)
    for (const server of shuffle(servers)) rates.get(server.name).push(await turn(server, await take(server)))
  return servers.map(({ name }) => {
    const ratios = rates.get(name).map((rate, round) => rate / rates.get('bare')[round])
    return [
      title,
      name === 'bare' ? 'Yoga without auth' : name,
      quantile(ratios, 0.5).toFixed(2),
      `${quantile(ratios, 0.25).toFixed(2)}-${quantile(ratios, 0.75).toFixed(2)}`,
      name === 'scopewise' ? `at least ${target}` : '',
      quantile(rates.get(name), 0.5).toFixed(0),
    ]
  })
}

export async function measureHttp() {
  const rows = []
  for (const algorithm of ['ES256', 'RS256', 'EdDSA']) {
    const realm = await createRealm(algorithm)
    // jsonwebtoken, which plugin-jwt stands on, has no EdDSA.
    const names = ['bare', 'scopewise', 'jose', ...(algorithm === 'EdDSA' ? [] : ['plugin-jwt'])]
    const servers = []
    for (const name of names) servers.push(await start(name, algorithm, realm.jwk))
    if (algorithm === 'ES256') {
      const one = [requestOf(await realm.issue())]
      rows.push(...(await compare('the same token, ES256', TARGETS.repeated, servers, () => one)))
    }
    const fresh = async () => {
      const requests = []
      for (let at = 0; at < REQUESTS; at++) requests.push(requestOf(await realm.issue()))
      return requests
    }
    rows.push(...(await compare(`a new token each time, ${algorithm}`, TARGETS[algorithm], servers, fresh)))
    for (const { child } of servers) child.disconnect()
  }
  return `## Whole requests over HTTP

\`${QUERIES.me}\` by POST, ${REQUESTS} requests a turn on ${CONNECTIONS} kept connections, ${ROUNDS} rounds; ${canPin ? 'servers on core 0, load on core 1' : 'not pinned to cores'}. Ratio of requests per second to Yoga without auth.

${table(['token', 'server', 'ratio', 'quartiles', 'target', 'requests per second'], rows)}

What peers do not do here: plugin-jwt verifies signature, issuer and audience, and looks at no scope and no token type; jose is called once per request in the context, checks type, issuer and audience, and the scope by hand. Neither decides
before execution what the operation needs. Tokens are signed by the load process between turns.`
}
