import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseEnvironment } from '../settings/environment.js'
import { resolveOrigins } from '../settings/origins.js'
import { readFiles } from './files.js'
import { createHealth } from './health.js'
import { routeByHost } from './hosts.js'
import { createIssuerSide } from './issuer.js'
import { createSite } from './site.js'

const origins = resolveOrigins(parseEnvironment({}), 4000)
let directory: string
let fetch: (path: string, init?: RequestInit & { host?: string }) => Promise<Response>
let databaseAnswers = true

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'scopewise-site-'))
  await mkdir(join(directory, 'public', 'assets'), { recursive: true })
  await writeFile(join(directory, 'public', 'index.html'), '<!doctype html><title>Notes</title>')
  await writeFile(join(directory, 'public', 'assets', 'page.js'), 'export {}')
  await writeFile(join(directory, 'private.txt'), 'private')
  const health = createHealth([() => (databaseAnswers ? Promise.resolve() : Promise.reject(new Error('disk')))])
  const site = createSite({
    origins,
    files: await readFiles(join(directory, 'public')),
    clientId: 'demo-web',
    demoUsers: [{ username: 'reader', password: 'reader-demo' }],
    health,
    api: async () => new Response('api'),
    resourceMetadata: { path: '/.well-known/oauth-protected-resource/graphql', fetch: () => new Response('metadata') },
    graphiql: new Map(),
  })
  const authorizationServer = createIssuerSide({
    origins,
    health,
    authorizationServer: async () => new Response('issuer', { status: 404 }),
  })
  const route = routeByHost(origins, { authorizationServer, site })
  fetch = (path, { host = '127.0.0.1:4000', ...init } = {}) =>
    route(new Request(`http://${host}${path}`, { ...init, headers: { host, ...init.headers } }))
})
afterAll(() => rm(directory, { recursive: true }))

describe('the page', () => {
  it('is served with a strict policy and revalidated', async () => {
    const response = await fetch('/')
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
    const policy = response.headers.get('content-security-policy')?.split('; ')
    expect(policy).toEqual(
      expect.arrayContaining([
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self' http://localhost:4000",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'none'",
      ]),
    )
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
    expect(response.headers.get('referrer-policy')).toBe('no-referrer')
    const again = await fetch('/', { headers: { 'if-none-match': response.headers.get('etag') ?? '' } })
    expect(again.status).toBe(304)
  })

  it('finds its configuration, which nobody keeps', async () => {
    const response = await fetch('/config.json')
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(await response.json()).toEqual({
      issuer: 'http://localhost:4000',
      clientId: 'demo-web',
      resource: 'http://127.0.0.1:4000/graphql',
      graphql: 'http://127.0.0.1:4000/graphql',
      demoUsers: [{ username: 'reader', password: 'reader-demo' }],
    })
  })

  it('loads its files, and answers HEAD without a body', async () => {
    const response = await fetch('/assets/page.js')
    expect(response.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
    expect(await response.text()).toBe('export {}')
    const head = await fetch('/assets/page.js', { method: 'HEAD' })
    expect([head.status, await head.text()]).toEqual([200, ''])
    expect((await fetch('/assets/page.js', { method: 'POST' })).status).toBe(405)
  })
})

describe('paths', () => {
  it.each([
    '/private.txt',
    '/../private.txt',
    '/%2e%2e/private.txt',
    '/assets/..%2f..%2fprivate.txt',
    '/assets/%2e%2e/%2e%2e/private.txt',
    '/index.html',
    '/assets/',
    '/assets',
  ])('ATT-091 %s holds nothing', async (path) => {
    expect((await fetch(path)).status).toBe(404)
  })

  it.each(['/GraphQL', '//graphql', '/%67raphql', '/graphql/', '/%2fgraphql', '/graphql%00'])(
    'ATT-091 %s is not the API',
    async (path) => {
      const response = await fetch(path)
      expect(response.status).toBe(404)
      expect(await response.text()).not.toBe('api')
    },
  )

  it('ATT-091 what a path normalises to decides', async () => {
    expect(await (await fetch('/assets/../graphql')).text()).toBe('api')
  })
})

describe('hosts', () => {
  it('OP-13 keeps the two sides apart', async () => {
    expect(await (await fetch('/graphql', { host: 'localhost:4000' })).text()).toBe('issuer')
    expect((await fetch('/config.json', { host: 'localhost:4000' })).status).toBe(404)
    expect((await fetch('/token')).status).toBe(404)
  })

  it('leads who opened the page at the issuer to the page', async () => {
    const response = await fetch('/', { host: 'localhost:4000' })
    expect(response.status).toBe(302)
    expect(response.headers.get('location')).toBe('http://127.0.0.1:4000/')
  })

  it('ATT-091 compares hosts without regard to case', async () => {
    expect((await fetch('/', { host: 'LOCALHOST:4000' })).status).toBe(302)
  })

  it.each([
    'evil.example',
    'localhost',
    '127.0.0.1',
    'localhost:4001',
    '127.0.0.1:4000.evil.example',
    'localhost.:4000',
    '',
  ])('refuses %j as misdirected', async (host) => {
    const request = new Request('http://localhost:4000/', { headers: { host } })
    const response = await routeByHost(origins, {
      authorizationServer: async () => new Response(),
      site: async () => new Response(),
    })(request)
    expect(response.status).toBe(421)
    expect(await response.text()).toBe(
      'This server answers at http://localhost:4000 and http://127.0.0.1:4000 alone.\n',
    )
  })
})

describe('/healthz', () => {
  it('answers on both origins, and 503 while the database does not', async () => {
    for (const host of ['localhost:4000', '127.0.0.1:4000'])
      expect((await fetch('/healthz', { host })).status).toBe(200)
    databaseAnswers = false
    for (const host of ['localhost:4000', '127.0.0.1:4000']) {
      const response = await fetch('/healthz', { host })
      expect(response.status).toBe(503)
      expect(await response.text()).toBe('The database does not answer.\n')
    }
    databaseAnswers = true
  })
})
