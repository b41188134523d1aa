// The authorization server beside the routes of an app, as the guide "Embed in Hono, Express and a Worker" mounts it.
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type AuthorizationServer, createAuthorizationServer, passwordPage } from '@scopewise/oauth-server'
import { toNodeHandler } from '@scopewise/oauth-server/node'
import { defineAccessToken, defineScopes } from '@scopewise/token-core'
import express from 'express'
import { Hono } from 'hono'
import { afterEach, describe, expect, it } from 'vitest'
import { createBrowser } from './browser.js'
import { signInAndRedeem } from './sign-in.js'

const REDIRECT_URI = 'http://127.0.0.1:1/callback'

const create = (issuer: string): AuthorizationServer =>
  createAuthorizationServer({
    issuer,
    token: defineAccessToken({ scopes: defineScopes({ 'notes:read': 'Read your notes' }), lifetime: 600 }),
    resources: { 'https://api.example/': ['notes:read'] },
    clients: [{ clientId: 'web', redirectUris: [REDIRECT_URI] }],
    login: passwordPage(({ username, password }) => (password === 'right' ? { subject: username } : undefined)),
  })

const running: Server[] = []
afterEach(() => {
  for (const server of running.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

/** Listens first: the issuer is the address, with a path of its own beside those of the app. */
async function listen(mount: (server: AuthorizationServer) => RequestListener): Promise<string> {
  let listener: RequestListener = (_, response) => response.writeHead(503).end()
  const http = createServer((request, response) => listener(request, response))
  running.push(http)
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  // `as`: a server that listens on a port has such an address.
  const origin = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
  listener = mount(create(`${origin}/auth`))
  return origin
}

const mounts: Readonly<Record<string, (server: AuthorizationServer) => RequestListener>> = {
  Hono(server) {
    const app = new Hono()
    app.use(async ({ req }, next) => (server.isEndpoint(req.url) ? server.fetch(req.raw) : next()))
    app.get('/', ({ text }) => text('the app'))
    app.post('/echo', async ({ req, json }) => json(await req.json()))
    return toNodeHandler(async (request) => app.fetch(request))
  },
  Express(server) {
    const app = express()
    const handle = toNodeHandler(server.fetch)
    app.use((request, response, next) => {
      if (server.isEndpoint(request.originalUrl)) handle(request, response)
      else next()
    })
    app.use(express.json())
    app.use((request, response) => {
      response.end(request.originalUrl === '/echo' ? JSON.stringify(request.body) : 'the app')
    })
    return app
  },
}

describe.each(Object.entries(mounts))('in %s', (_name, mount) => {
  it('the server answers what is its own, metadata at the root included, and the app the rest', async () => {
    const origin = await listen(mount)
    const issuer = `${origin}/auth`
    expect(await (await fetch(`${origin}/`)).text()).toBe('the app')
    const init = { method: 'POST', body: '{"a":1}', headers: { 'content-type': 'application/json' } }
    expect(await (await fetch(`${origin}/echo`, init)).json()).toEqual({ a: 1 })
    const metadata = await (await fetch(`${origin}/.well-known/oauth-authorization-server/auth`)).json()
    expect(metadata).toMatchObject({ issuer, token_endpoint: `${issuer}/token` })
  })

  it('somebody signs in through its pages, and the code gives tokens', async () => {
    const issuer = `${await listen(mount)}/auth`
    const answer = await signInAndRedeem(createBrowser(REDIRECT_URI), { issuer, username: 'alice', password: 'right' })
    expect(answer).toMatchObject([200, { token_type: 'Bearer', scope: 'notes:read' }])
  })
})
