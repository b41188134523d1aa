// What a client costs above a bare `fetch`: acquiring a token, calling an API with a token that is still good, and being imported.
import { fork, spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'
import { createFetch } from '../../packages/oauth-client/dist/fetch.js'
import { clientCredentials, clientSecretBasic, createClient } from '../../packages/oauth-client/dist/index.js'
import { createTokenManager } from '../../packages/oauth-client/dist/manager.js'
import { measurePaired, shuffle, table } from '../lib/paired.mjs'
import { writeResults } from '../lib/results.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 41)
const SECRET = 'kX3v9Qm2LrT7yWc5ZbN8sEaU4hJ6pDfG1oVtYqRiMxw'
const insecure = { [oauth.allowInsecureRequests]: true }

const child = fork(join(here, 'server.mjs'), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
process.on('exit', () => child.kill())
const issuer = await new Promise((resolve) => child.once('message', resolve))

const client = createClient({ issuer, clientId: 'service', clientAuth: clientSecretBasic(SECRET) })
const manager = createTokenManager(client, { source: (need) => clientCredentials(client, need) })
const api = createFetch(manager, { allow: [issuer] })

const as = { issuer, token_endpoint: `${issuer}/token` }
const config = await openid.discovery(new URL(issuer), 'service', undefined, openid.ClientSecretBasic(SECRET), {
  execute: [openid.allowInsecureRequests],
})
const { accessToken } = await clientCredentials(client)

const basic = `Basic ${btoa(`service:${SECRET}`)}`
const acquiring = {
  'bare fetch': async () => {
    const body = new URLSearchParams({ grant_type: 'client_credentials' })
    const headers = { authorization: basic, accept: 'application/json' }
    return (await fetch(as.token_endpoint, { method: 'POST', headers, body })).json()
  },
  scopewise: () => clientCredentials(client),
  oauth4webapi: async () => {
    const peer = { client_id: 'service' }
    const authentication = oauth.ClientSecretBasic(SECRET)
    const response = await oauth.clientCredentialsGrantRequest(as, peer, authentication, {}, insecure)
    return oauth.processClientCredentialsResponse(as, peer, response)
  },
  'openid-client': () => openid.clientCredentialsGrant(config),
}

const url = new URL(`${issuer}/api`)
const calling = {
  'bare fetch': async () => (await fetch(url, { headers: { authorization: `Bearer ${accessToken}` } })).json(),
  scopewise: async () => (await api(url)).json(),
  oauth4webapi: async () =>
    (await oauth.protectedResourceRequest(accessToken, 'GET', url, undefined, undefined, insecure)).json(),
  'openid-client': async () => (await openid.fetchProtectedResource(config, accessToken, url, 'GET')).json(),
}

const head = ['', 'of bare fetch', 'quartiles', 'microseconds']
const options = { reference: 'bare fetch', rounds: ROUNDS, milliseconds: 40, isAsync: true }
const rowsOf = (rows) =>
  rows.map(({ name, ratio, low, high, microseconds }) => [
    name,
    ratio.toFixed(2),
    `${low.toFixed(2)}-${high.toFixed(2)}`,
    microseconds.toFixed(0),
  ])

const sections = [
  `## Acquiring a token (client credentials)\n\n${table(head, rowsOf(await measurePaired(acquiring, options)))}`,
  `## Calling an API with a token that is still good\n\n${table(head, rowsOf(await measurePaired(calling, options)))}`,
  `## Cold import\n\n${table(['', 'milliseconds', 'of bare Node'], measureImports())}`,
]
const note = `oauth4webapi and openid-client are handed a token in the second table; scopewise looks after it, and reads the answer for challenges.
The server is another process on the same machine.`
writeResults('oauth-client', `${note}\n\n${sections.join('\n\n')}`)
process.exit(0)

/** Starts Node anew each time, in turns. */
function measureImports() {
  const require = createRequire(import.meta.url)
  const entry = (path) => pathToFileURL(join(here, '../../packages/oauth-client/dist', path)).href
  const contenders = {
    'bare Node': '0',
    scopewise: `await import(${JSON.stringify(entry('index.js'))})`,
    'scopewise with manager and fetch': ['index.js', 'manager.js', 'fetch.js']
      .map((path) => `await import(${JSON.stringify(entry(path))})`)
      .join(';'),
    oauth4webapi: `await import(${JSON.stringify(pathToFileURL(require.resolve('oauth4webapi')).href)})`,
    'openid-client': `await import(${JSON.stringify(pathToFileURL(require.resolve('openid-client')).href)})`,
  }
  const times = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]))
  for (let round = 0; round < Math.ceil(ROUNDS / 2); round++)
    for (const name of shuffle(Object.keys(contenders))) {
      const began = performance.now()
      spawnSync(process.execPath, ['--input-type=module', '-e', contenders[name]])
      times[name].push(performance.now() - began)
    }
  const median = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)]
  return Object.entries(times).map(([name, list]) => [
    name,
    median(list).toFixed(0),
    (median(list) / median(times['bare Node'])).toFixed(2),
  ])
}
