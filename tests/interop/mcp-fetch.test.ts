// The MCP SDK's client and server, with our fetch between them and our authorization server behind.

import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js'
import { finishAuthorization, startAuthorization } from '@scopewise/oauth-client'
import { createMcpFetch, type McpOptions } from '@scopewise/oauth-client/mcp'
import { protectedResourceMetadata } from '@scopewise/oauth-server'
import { type RunningServer, serve } from '@scopewise/oauth-server/node'
import { createVerifier, defineAccessToken, isTokenError } from '@scopewise/token-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Deployment, deploy, REDIRECT_URI, scopes, signIn } from './our-server.js'

let running: RunningServer
let deployment: Deployment
let server = ''
/** What arrived at the MCP server: method and whether a token came along. */
const log: string[] = []

beforeAll(async () => {
  let handle = async (_: Request) => new Response(null, { status: 503 })
  running = await serve({ port: 0, fetch: (request) => handle(request) })
  server = `http://127.0.0.1:${running.port}/mcp`
  deployment = await deploy({ resources: { [server]: ['notes:read', 'notes:write'] } })
  const { issuer } = deployment
  const about = protectedResourceMetadata({ resource: server, authorizationServers: [issuer], scopes: ['notes:read'] })
  const verifier = createVerifier({
    token: defineAccessToken({ scopes, lifetime: 600 }),
    audience: server,
    issuers: { [issuer]: deployment.keys },
  })
  handle = async (request) => {
    if (new URL(request.url).pathname !== '/mcp') return about.fetch(request)
    log.push(`${request.method} ${request.headers.has('authorization') ? 'with a token' : 'without'}`)
    try {
      const verified = await verifier.authenticate(request)
      const text = await request.clone().text()
      const need = text.includes('"write_note"') ? 'notes:write' : 'notes:read'
      if (!verified.has(need)) {
        const challenge = `Bearer error="insufficient_scope", scope="${need}", resource_metadata="${about.url}"`
        return new Response(null, { status: 403, headers: { 'www-authenticate': challenge } })
      }
      return await answer(request)
    } catch (error) {
      if (!isTokenError(error)) throw error
      const headers = { 'www-authenticate': `Bearer resource_metadata="${about.url}"` }
      return new Response(null, { status: error.status, headers })
    }
  }
})
afterAll(async () => {
  await running.close()
  await deployment.close()
})
beforeEach(() => {
  log.length = 0
  deployment.log.length = 0
})

/** The SDK's server, without a session: one for each request. */
async function answer(request: Request): Promise<Response> {
  const mcp = new McpServer({ name: 'notes', version: '1.0.0' })
  mcp.registerTool('read_notes', { description: 'Reads' }, async () => ({
    content: [{ type: 'text', text: 'a note' }],
  }))
  mcp.registerTool('write_note', { description: 'Writes' }, async () => ({
    content: [{ type: 'text', text: 'written' }],
  }))
  const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true })
  await mcp.connect(transport)
  return transport.handleRequest(request)
}

async function connect(prompts: (readonly string[])[], options: Partial<McpOptions> = {}) {
  const access = createMcpFetch(server, {
    approve: (issuer) => issuer === deployment.issuer,
    clients: { [deployment.issuer]: { clientId: 'web' } },
    redirectUri: REDIRECT_URI,
    timeout: 60,
    signIn: (client) => async (request) => {
      prompts.push(request.scope)
      const { url } = await startAuthorization(client, request)
      return (await finishAuthorization(client, await signIn(url))).tokens
    },
    ...options,
  })
  const client = new Client({ name: 'test', version: '1.0.0' })
  await client.connect(new StreamableHTTPClientTransport(new URL(server), { fetch: access.fetch }))
  return { client, access }
}
const call = async (client: Client, name: string) => (await client.callTool({ name, arguments: {} })).content

describe('the MCP SDK with our fetch', () => {
  it('signs in once, calls tools, steps up for one that needs more, and renews', async () => {
    const prompts: (readonly string[])[] = []
    const { client, access } = await connect(prompts)
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['read_notes', 'write_note'])
    expect(await call(client, 'read_notes')).toEqual([{ type: 'text', text: 'a note' }])
    expect(prompts).toEqual([['notes:read', 'offline_access']])
    expect(await call(client, 'write_note')).toEqual([{ type: 'text', text: 'written' }])
    expect(prompts).toHaveLength(2)
    expect(prompts[1]).toEqual(expect.arrayContaining(['notes:read', 'notes:write', 'offline_access']))

    const manager = (await access.manager()) ?? expect.fail('no manager')
    const tokens = manager.tokens ?? expect.fail('no tokens')
    await manager.adopt({ ...tokens, expiresAt: tokens.obtainedAt })
    deployment.log.length = 0
    const results = await Promise.all([1, 2, 3, 4, 5].map(() => call(client, 'read_notes')))
    expect(results).toHaveLength(5)
    expect(deployment.log.filter((line) => line === 'POST /token')).toHaveLength(1)
    await client.close()
  })

  it('CL-17 gives the SDK an error, and no page to nobody, when the authorization server is not approved of', async () => {
    const prompts: (readonly string[])[] = []
    await expect(connect(prompts, { approve: () => false })).rejects.toMatchObject({ code: 'issuer_mismatch' })
    expect(prompts).toEqual([])
    expect(deployment.log).toEqual([])
  })
})
