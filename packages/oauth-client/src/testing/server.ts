import { encodeBase64url } from '@scopewise/token-core/encoding'
import { accessTokenHash } from '@scopewise/token-core/id-token'
import { deriveCodeChallenge } from '@scopewise/token-core/pkce'

export const ISSUER = 'https://auth.example'
export const REDIRECT_URI = 'https://app.example/callback'

type Json = Readonly<Record<string, unknown>>
type Answer = Response | Promise<Response> | undefined

/** A small authorization server behind a fetch function: honest, rotating, and strict about reuse. Each part can be made to lie. */
export interface TestServer {
  fetch: (request: Request) => Promise<Response>
  /** Every request that arrived, as `METHOD path`. */
  readonly log: string[]
  /** The forms that arrived at the token endpoint. */
  readonly forms: URLSearchParams[]
  /** The Authorization headers that arrived at the token endpoint. */
  readonly credentials: (string | null)[]
  /** Answers in place of the server; undefined lets it answer itself. */
  override: (request: Request, form: URLSearchParams | undefined) => Answer
  metadata: Record<string, unknown>
  /** Members put over each token response; undefined takes one away. */
  tokens: Record<string, unknown>
  /** Claims put over each ID token; undefined takes one away. */
  claims: Record<string, unknown>
  /** What the user does with an authorization request: the URL that the browser comes back with. */
  authorize(url: URL, changes?: Readonly<Record<string, string | undefined>>): Promise<URL>
  /** How often a rotated refresh token came again. */
  readonly reuses: () => number
}

export const json = (value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Response =>
  new Response(JSON.stringify(value), { status, headers: { 'content-type': 'application/json', ...headers } })

const without = (value: Json): Json =>
  Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined))

export function createTestServer(now: () => number, issuer: string = ISSUER): TestServer {
  const codes = new Map<string, URLSearchParams>()
  const refreshTokens = new Map<string, { scope: string; nonce: string | null; isUsed: boolean }>()
  let count = 0
  let reuses = 0

  const server: TestServer = {
    log: [],
    forms: [],
    credentials: [],
    override: () => undefined,
    metadata: {
      issuer,
      authorization_endpoint: `${issuer}/authorize?tenant=1`,
      token_endpoint: `${issuer}/token`,
      revocation_endpoint: `${issuer}/revoke`,
      end_session_endpoint: `${issuer}/logout`,
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
    },
    tokens: {},
    claims: {},
    reuses: () => reuses,
    async authorize(url, changes = {}) {
      const code = `code-${++count}`
      codes.set(code, new URLSearchParams(url.search))
      const back = new URL(url.searchParams.get('redirect_uri') ?? '')
      const params = without({ code, state: url.searchParams.get('state'), iss: issuer, ...changes })
      for (const [name, value] of Object.entries(params)) back.searchParams.set(name, String(value))
      return back
    },
    async fetch(request) {
      const url = new URL(request.url)
      server.log.push(`${request.method} ${url.pathname}`)
      const form = request.method === 'POST' ? new URLSearchParams(await request.clone().text()) : undefined
      if (url.pathname === '/token' && form) {
        server.forms.push(form)
        server.credentials.push(request.headers.get('authorization'))
      }
      return (await server.override(request, form)) ?? answer(url, form)
    },
  }

  async function answer(url: URL, form: URLSearchParams | undefined): Promise<Response> {
    if (url.pathname === '/.well-known/openid-configuration') return json(without(server.metadata))
    if (url.pathname === '/revoke') return new Response(null, { status: 200 })
    if (url.pathname !== '/token' || !form) return new Response('not here', { status: 404 })
    const grant = { authorization_code: byCode, refresh_token: byRefreshToken, client_credentials: byClient }
    const handle = grant[form.get('grant_type') as keyof typeof grant]
    return handle ? handle(form) : json({ error: 'unsupported_grant_type' }, 400)
  }

  async function byCode(form: URLSearchParams): Promise<Response> {
    const request = codes.get(form.get('code') ?? '')
    codes.delete(form.get('code') ?? '')
    const challenge = await deriveCodeChallenge(form.get('code_verifier') ?? '')
    if (request?.get('code_challenge') !== challenge) return json({ error: 'invalid_grant' }, 400)
    return give(request.get('scope') ?? '', request.get('nonce'), true)
  }

  async function byRefreshToken(form: URLSearchParams): Promise<Response> {
    const known = refreshTokens.get(form.get('refresh_token') ?? '')
    if (!known) return json({ error: 'invalid_grant' }, 400)
    if (known.isUsed) {
      reuses += 1
      refreshTokens.clear()
      return json({ error: 'invalid_grant', error_description: 'used before' }, 400)
    }
    known.isUsed = true
    return give(form.get('scope') ?? known.scope, known.nonce, true, known.scope)
  }

  const byClient = (form: URLSearchParams): Promise<Response> => give(form.get('scope') ?? '', null, false)

  async function give(scope: string, nonce: string | null, isUser: boolean, whole = scope): Promise<Response> {
    const id = ++count
    const accessToken = `access-${id}`
    const refreshToken = `refresh-${id}`
    if (isUser) refreshTokens.set(refreshToken, { scope: whole, nonce, isUsed: false })
    const idToken = isUser && whole.split(' ').includes('openid') ? await sign(accessToken, nonce) : undefined
    return json(
      without({
        access_token: accessToken,
        token_type: 'Bearer',
        expires_in: 600,
        scope,
        refresh_token: isUser ? refreshToken : undefined,
        id_token: idToken,
        ...server.tokens,
      }),
    )
  }

  async function sign(accessToken: string, nonce: string | null): Promise<string> {
    const claims = {
      iss: issuer,
      sub: 'alice',
      aud: 'web',
      iat: now(),
      exp: now() + 300,
      nonce: nonce ?? undefined,
      at_hash: await accessTokenHash(accessToken, 'ES256'),
      ...server.claims,
    }
    return [{ alg: 'ES256', typ: 'JWT' }, without(claims)]
      .map((part) => encode(part))
      .join('.')
      .concat('.c2ln')
  }

  return server
}

const encode = (value: unknown): string => encodeBase64url(new TextEncoder().encode(JSON.stringify(value)))
