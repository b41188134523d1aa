// The TypeScript SDK of the Model Context Protocol: its client signs in at our authorization server to reach an MCP server that
// our verifier protects. Over HTTP on loopback, with nothing configured by hand on the client's side.
import { type OAuthClientProvider, UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js'
import type { OAuthClientInformationMixed, OAuthTokens } from '@modelcontextprotocol/sdk/shared/auth.js'
import { createAuthorizationServer, passwordPage, protectedResourceMetadata } from '@scopewise/oauth-server'
import { type RunningServer, serve } from '@scopewise/oauth-server/node'
import { createVerifier, defineAccessToken, defineScopes, isTokenError } from '@scopewise/token-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { signIn } from './our-server.js'

const REDIRECT_URI = 'http://127.0.0.1:1/callback'
const DOCUMENT = 'https://desktop.example/oauth/client.json'
const scopes = defineScopes({ 'notes:read': 'Read your notes', 'notes:write': 'Change your notes' })
const token = defineAccessToken({ scopes, lifetime: 600 })

let running: RunningServer
let issuer = ''
let fetched: string[] = []

/** The metadata that a client hosts somewhere on the internet; the tests are not on the internet. */
const document = {
  client_id: DOCUMENT,
  client_name: 'Desktop <b>Notes</b>',
  redirect_uris: [REDIRECT_URI],
  grant_types: ['authorization_code', 'refresh_token'],
  token_endpoint_auth_method: 'none',
}

beforeAll(async () => {
  let handle = async (_: Request) => new Response(null, { status: 503 })
  running = await serve({ port: 0, fetch: (request) => handle(request) })
  issuer = `http://127.0.0.1:${running.port}`
  const resource = `${issuer}/mcp`
  const server = createAuthorizationServer({
    issuer,
    token,
    profile: 'mcp',
    resources: { [resource]: ['notes:read', 'notes:write'] },
    clients: [],
    defaultScope: ['notes:read', 'offline_access'],
    registration: {},
    outbound: {
      async fetch(url) {
        fetched.push(url)
        return url === DOCUMENT ? Response.json(document) : new Response(null, { status: 404 })
      },
    },
    login: passwordPage(({ username, password }) => (password === 'right' ? { subject: username } : undefined)),
  })
  const metadata = protectedResourceMetadata({ resource, authorizationServers: [issuer], scopes: [] })
  const verifier = createVerifier({
    token,
    audience: resource,
    issuers: { [issuer]: server.keys },
    resourceMetadata: metadata.url,
  })
  const answerMcp = async (request: Request): Promise<Response> => {
    try {
      const { claims, scope } = await verifier.authenticate(request)
      const mcp = new McpServer({ name: 'notes', version: '1.0.0' })
      mcp.registerTool('whoami', {}, () => ({ content: [{ type: 'text', text: `${claims.sub} ${scope.join(' ')}` }] }))
      const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true })
      await mcp.connect(transport)
      return await transport.handleRequest(request)
    } catch (error) {
      if (!isTokenError(error)) throw error
      return new Response(null, { status: error.status, headers: error.headers })
    }
  }
  handle = async (request) => {
    const { pathname } = new URL(request.url)
    if (pathname === '/mcp') return answerMcp(request)
    return pathname === metadata.path ? metadata.fetch(request) : server.fetch(request)
  }
})
afterAll(() => running.close())

interface Seen {
  readonly provider: OAuthClientProvider
  readonly authorizationUrl: () => URL
  readonly client: () => OAuthClientInformationMixed | undefined
  readonly tokens: () => OAuthTokens | undefined
}

/** What an application has to hand the SDK: somewhere to keep things, and a browser. */
function createProvider(clientMetadataUrl?: string): Seen {
  let verifier = ''
  let url: URL | undefined
  let client: OAuthClientInformationMixed | undefined
  let tokens: OAuthTokens | undefined
  const provider: OAuthClientProvider = {
    redirectUrl: REDIRECT_URI,
    ...(clientMetadataUrl !== undefined && { clientMetadataUrl }),
    clientMetadata: {
      client_name: 'Notes for the terminal',
      redirect_uris: [REDIRECT_URI],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    },
    state: () => 'a-state',
    clientInformation: () => client,
    saveClientInformation(information) {
      client = information
    },
    tokens: () => tokens,
    saveTokens(saved) {
      tokens = saved
    },
    redirectToAuthorization(to) {
      url = to
    },
    saveCodeVerifier(code) {
      verifier = code
    },
    codeVerifier: () => verifier,
  }
  const authorizationUrl = () => {
    if (!url) throw new Error('the SDK has not asked for a sign-in')
    return url
  }
  return { provider, authorizationUrl, client: () => client, tokens: () => tokens }
}

async function connect(
  provider: OAuthClientProvider,
): Promise<{ client: Client; transport: StreamableHTTPClientTransport }> {
  const client = new Client({ name: 'test', version: '1.0.0' })
  const transport = new StreamableHTTPClientTransport(new URL(`${issuer}/mcp`), { authProvider: provider })
  // Its sessionId may be undefined, which exactOptionalPropertyTypes does not take for optional.
  await client.connect(transport)
  return { client, transport }
}

/** From the first refusal to the answer of a tool. Gives the authorization response and the answer. */
async function signInAndCall({ provider, authorizationUrl }: Seen): Promise<{ response: URL; answer: unknown }> {
  const transport = new StreamableHTTPClientTransport(new URL(`${issuer}/mcp`), { authProvider: provider })
  const first = new Client({ name: 'test', version: '1.0.0' })
  await expect(first.connect(transport as Parameters<Client['connect']>[0])).rejects.toThrow(UnauthorizedError)
  const response = await signIn(authorizationUrl())
  await transport.finishAuth(response.searchParams.get('code') ?? '')
  const { client } = await connect(provider)
  const { content } = await client.callTool({ name: 'whoami' })
  await client.close()
  return { response, answer: content }
}

describe('the MCP SDK with our server', () => {
  it('finds all that the specification asks for in the metadata', async () => {
    const read = async (path: string) => (await fetch(`${issuer}${path}`)).json()
    expect(await read('/.well-known/oauth-protected-resource/mcp')).toMatchObject({
      resource: `${issuer}/mcp`,
      authorization_servers: [issuer],
    })
    expect(await read('/.well-known/oauth-authorization-server')).toMatchObject({
      issuer,
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
      client_id_metadata_document_supported: true,
      registration_endpoint: `${issuer}/register`,
    })
  })

  it('registers itself, signs in without naming a scope, and calls a tool', async () => {
    const seen = createProvider()
    const { response, answer } = await signInAndCall(seen)
    const asked = seen.authorizationUrl().searchParams
    expect([asked.get('resource'), asked.has('scope')]).toEqual([`${issuer}/mcp`, false])
    expect([response.searchParams.get('iss'), response.searchParams.get('state')]).toEqual([issuer, 'a-state'])
    expect(answer).toEqual([{ type: 'text', text: 'alice notes:read' }])
    expect(seen.client()?.client_id).toMatch(/^c_/)
    expect(seen.tokens()?.refresh_token).toBeDefined()
  })

  it('refreshes with the token that it was given, which is rotated', async () => {
    const seen = createProvider()
    await signInAndCall(seen)
    const before = seen.tokens()
    await seen.provider.saveTokens({ ...before, access_token: 'expired', token_type: 'Bearer' })
    const { client } = await connect(seen.provider)
    expect((await client.callTool({ name: 'whoami' })).content).toEqual([{ type: 'text', text: 'alice notes:read' }])
    await client.close()
    expect(seen.tokens()?.refresh_token).not.toBe(before?.refresh_token)
  })

  it('MD-06 uses the URL of its metadata as client_id, without registering', async () => {
    fetched = []
    const seen = createProvider(DOCUMENT)
    const { answer } = await signInAndCall(seen)
    expect(seen.client()?.client_id).toBe(DOCUMENT)
    expect(answer).toEqual([{ type: 'text', text: 'alice notes:read' }])
    // Once for the whole flow.
    expect(fetched).toEqual([DOCUMENT])
  })
})
