import { type ClientOptions, createAuthorizationServer, hashClientSecret, passwordPage } from '@scopewise/oauth-server'
import { type RunningServer, serve } from '@scopewise/oauth-server/node'
import {
  createVerifier,
  defineAccessToken,
  defineScopes,
  isTokenError,
  type KeySource,
  type ScopeOf,
} from '@scopewise/token-core'
import { createDpopVerifier, memoryReplay } from '@scopewise/token-core/dpop'
import { createBrowser, type Page } from './browser.js'

export const REDIRECT_URI = 'http://127.0.0.1:1/callback'
export const SECRET = 'kX3v9Qm2LrT7yWc5ZbN8sEaU4hJ6pDfG1oVtYqRiMxw'
export const scopes = defineScopes({
  'notes:read': 'Read your notes',
  'notes:write': { description: 'Change your notes', implies: ['notes:read'] },
  'files:read': 'Read your files',
})
/** What the client `signer` authenticates with. */
export const signerKeys = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, [
  'sign',
  'verify',
])
const token = defineAccessToken({ scopes, lifetime: 600 })

export interface Deployment {
  readonly issuer: string
  /** An API that reads with notes:read and writes with notes:write. */
  readonly api: string
  /** An API whose tokens are opaque; nothing answers there. */
  readonly files: string
  /** `METHOD path` of every request, so that tests can count. */
  readonly log: string[]
  readonly keys: KeySource
  close(): Promise<void>
}

export interface DeployOptions {
  /** Seconds. */
  readonly retryWindow?: number
  /** Comes between an answer and its way back. */
  readonly hold?: (request: Request) => Promise<void>
  /** APIs beside the one that is always there. */
  readonly resources?: Readonly<Record<string, readonly ScopeOf<typeof scopes>[]>>
  /** Lets clients register themselves. */
  readonly registration?: { readonly scope: readonly ('openid' | ScopeOf<typeof scopes>)[] }
  /** Clients beside those that are always there. */
  readonly clients?: readonly ClientOptions<ScopeOf<typeof scopes>>[]
}

/** Our authorization server and an API behind it, over HTTP on loopback. */
export async function deploy({
  retryWindow = 0,
  hold,
  clients = [],
  resources = {},
  registration,
}: DeployOptions = {}): Promise<Deployment> {
  const log: string[] = []
  let handle = async (_: Request) => new Response(null, { status: 503 })
  const running: RunningServer = await serve({
    port: 0,
    fetch: async (request) => {
      log.push(`${request.method} ${new URL(request.url).pathname}`)
      const response = await handle(request)
      await hold?.(request)
      return response
    },
  })
  const issuer = `http://127.0.0.1:${running.port}`
  const api = `${issuer}/api`
  const files = `${issuer}/files`
  const secretHash = await hashClientSecret(SECRET)
  const { kty = '', crv, x, y } = await crypto.subtle.exportKey('jwk', signerKeys.publicKey)
  const signer = { kty, alg: 'ES256', ...(crv && { crv }), ...(x && { x }), ...(y && { y }) }
  const server = createAuthorizationServer({
    issuer,
    token,
    resources: {
      ...resources,
      [api]: ['notes:read', 'notes:write'],
      [files]: { scopes: ['files:read'], format: 'opaque' },
    },
    clients: [
      {
        clientId: 'web',
        type: 'native',
        redirectUris: [REDIRECT_URI],
        postLogoutRedirectUris: [REDIRECT_URI],
        responseModes: ['query', 'form_post'],
      },
      { clientId: 'service', type: 'service', secretHash, scope: ['notes:read', 'files:read'] },
      {
        clientId: 'poster',
        type: 'service',
        secretHash,
        tokenEndpointAuthMethod: 'client_secret_post',
        scope: ['notes:read', 'files:read'],
      },
      { clientId: 'signer', type: 'service', jwks: { keys: [signer] }, scope: ['notes:read', 'files:read'] },
      { clientId: 'notes-api', type: 'service', grantTypes: [], secretHash, introspects: [api] },
      ...clients,
    ],
    userClaims: ({ subject }) => ({ name: 'Alice', email: `${subject}@example.com` }),
    login: passwordPage(({ username, password }) => (password === 'right' ? { subject: username } : undefined)),
    lifetimes: { retryWindow },
    registration: registration ?? {},
  })
  const verifier = createVerifier({
    token,
    audience: api,
    issuers: { [issuer]: server.keys },
    dpop: createDpopVerifier({ replay: memoryReplay() }),
    revoked: (claims) => server.isRevoked(claims),
  })
  handle = async (request) => {
    if (new URL(request.url).pathname !== '/api') return server.fetch(request)
    try {
      const verified = await verifier.authenticate(request)
      const need = request.method === 'POST' ? 'notes:write' : 'notes:read'
      if (verified.has(need)) return Response.json({ subject: verified.claims.sub, body: await request.text() })
      const challenge = `Bearer error="insufficient_scope", scope="${need}"`
      return new Response(null, { status: 403, headers: { 'www-authenticate': challenge } })
    } catch (error) {
      if (!isTokenError(error)) throw error
      return new Response(null, { status: error.status, headers: error.headers })
    }
  }
  return { issuer, api, files, log, keys: server.keys, close: () => running.close() }
}

/** Signs in, with a slip first, and agrees or refuses. Gives the authorization response. */
export async function signIn(url: URL, decision: 'allow' | 'deny' = 'allow', redirectUri = REDIRECT_URI): Promise<URL> {
  const browser = createBrowser(redirectUri)
  let page = await browser.open(url)
  // The slip is in the name: an account whose password is mistyped ten times has to wait.
  for (const username of [`alicia-${crypto.randomUUID()}`, 'alice']) {
    const [form] = page.forms
    if (!form) throw new Error(`No sign-in form, but ${page.status} at ${page.url.pathname}`)
    page = await browser.submit(form, { username, password: username === 'alice' ? 'right' : 'wrong' })
  }
  if (page.status === 0) return page.url
  const form = page.forms.find(({ buttons }) => buttons.includes(`decision=${decision}`))
  if (!form) throw new Error(`No consent form, but ${page.status} at ${page.url.pathname}`)
  return (await browser.submit(form, { decision })).url
}

/** Fills in the forms that come, up to the consent and the decision. */
export async function decide(start: string, decision: 'allow' | 'deny', userCode = ''): Promise<Page> {
  const browser = createBrowser(REDIRECT_URI)
  let page = await browser.open(start)
  for (let steps = 0; steps < 5; steps++) {
    const form = page.forms.at(0)
    if (!form) throw new Error(`No form, but ${page.status} at ${page.url.pathname}`)
    const isConsent = page.forms.some(({ buttons }) => buttons.includes(`decision=${decision}`))
    const deciding = page.forms.find(({ buttons }) => buttons.includes(`decision=${decision}`)) ?? form
    const asked = page.html.includes('name="user_code"')
      ? { user_code: userCode }
      : { username: 'alice', password: 'right' }
    page = await browser.submit(deciding, isConsent ? { decision } : asked)
    if (isConsent) return page
  }
  throw new Error(`No consent after five pages, but ${page.url.pathname}`)
}
