import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseEnvironment } from '../settings/environment.js'
import { type Running, start } from '../start.js'
import { createBrowser, type Page, proofKey } from './browser.js'

/** What a token endpoint answers with. RFC 6749 §5.1. */
export interface TokenAnswer {
  readonly access_token: string
  readonly refresh_token?: string
  readonly id_token?: string
  readonly scope?: string
  readonly error?: string
}

/** What a GraphQL endpoint answers with. */
export interface GraphqlAnswer {
  readonly status: number
  readonly challenge: string | null
  readonly data: Readonly<Record<string, unknown>> | null | undefined
  readonly errors: readonly { readonly message: string; readonly extensions?: Readonly<Record<string, unknown>> }[]
  readonly text: string
}

/** Where a running example is, whoever started it. */
export interface Site {
  readonly issuer: string
  readonly api: string
}

/** A running example with a page and a data directory of its own. */
export interface TestExample extends Site {
  readonly running: Running
  readonly dataDir: string
  close(): Promise<void>
}

/** Starts the example on a free port. `now` stands in for its clock, in epoch seconds. */
export async function startExample(
  options: { now?: () => number; environment?: Record<string, string> } = {},
): Promise<TestExample> {
  const directory = await mkdtemp(join(tmpdir(), 'scopewise-example-'))
  const dataDir = join(directory, 'data')
  await mkdir(join(directory, 'public', 'assets'), { recursive: true })
  await writeFile(join(directory, 'public', 'index.html'), '<!doctype html><title>Notes</title>')
  const settings = parseEnvironment({ PORT: '0', DATA_DIR: dataDir, ...options.environment })
  const running = await start({
    settings,
    publicDir: join(directory, 'public'),
    ...(options.now && { now: options.now }),
  })
  return {
    running,
    dataDir,
    ...running.origins,
    async close() {
      await running.close()
      await rm(directory, { recursive: true })
    },
  }
}

/** Asks the token endpoint. A client with a secret authenticates with Basic. RFC 6749 §2.3.1. */
export async function requestToken(
  site: Site,
  form: Record<string, string>,
  basic?: string,
): Promise<TokenAnswer & { status: number }> {
  const response = await fetch(`${site.issuer}/token`, {
    method: 'POST',
    headers: basic === undefined ? {} : { authorization: `Basic ${btoa(basic)}` },
    body: new URLSearchParams(form),
  })
  // The shape is what RFC 6749 promises; the tests look at the members.
  return { ...((await response.json()) as TokenAnswer), status: response.status }
}

/** A token of demo-service's own. */
export async function serviceToken(site: Site, scope?: string): Promise<string> {
  const answer = await requestToken(
    site,
    { grant_type: 'client_credentials', ...(scope && { scope }) },
    'demo-service:demo-service-secret',
  )
  if (answer.status !== 200) throw new Error(`No token: ${answer.error}`)
  return answer.access_token
}

/** Sends an operation, as JSON. */
export async function graphql(
  site: Site,
  query: string,
  token?: string,
  variables?: Record<string, unknown>,
): Promise<GraphqlAnswer> {
  const response = await fetch(`${site.api}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token !== undefined && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ query, variables }),
  })
  const text = await response.text()
  // The shape is what GraphQL over HTTP promises; the tests look at the members.
  const answer = (text.startsWith('{') ? JSON.parse(text) : {}) as Partial<GraphqlAnswer>
  return {
    status: response.status,
    challenge: response.headers.get('www-authenticate'),
    data: answer.data,
    errors: answer.errors ?? [],
    text,
  }
}

/** The identifier of the note that a mutation created. */
export function createdId({ data, text }: GraphqlAnswer): string {
  const created = data?.['createNote']
  if (typeof created === 'object' && created !== null && 'id' in created && typeof created.id === 'string')
    return created.id
  throw new Error(`No note was created: ${text}`)
}

/** What the page's client asks for, ready to be opened; the verifier stays here. */
export function authorizationRequest(
  site: Site,
  options: { scope?: string; client?: 'demo-web' | 'demo-native' } = {},
) {
  const { verifier, challenge } = proofKey()
  const client = options.client ?? 'demo-web'
  const redirectUri = client === 'demo-web' ? `${site.api}/` : 'http://127.0.0.1:51234/callback'
  const url = new URL(`${site.issuer}/authorize`)
  const parameters = {
    response_type: 'code',
    client_id: client,
    redirect_uri: redirectUri,
    code_challenge: challenge,
    code_challenge_method: 'S256',
    state: 'some-state',
    ...(options.scope !== undefined && { scope: options.scope }),
  }
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
  return { url, verifier, redirectUri, client }
}

/** Signs in and allows everything; answers with what buys the tokens. */
export async function authorize(
  site: Site,
  options: {
    username: string
    password: string
    scope?: string
    client?: 'demo-web' | 'demo-native'
    browser?: ReturnType<typeof createBrowser>
  },
): Promise<Record<string, string>> {
  const browser = options.browser ?? createBrowser(site.issuer)
  const { url, verifier, redirectUri, client } = authorizationRequest(site, options)
  let page = await browser.follow(await browser.open(url))
  if (page.text.includes('name="password"'))
    page = await browser.submit(page, { username: options.username, password: options.password })
  if (page.text.includes('name="decision"')) page = await browser.submit(page, { decision: 'allow' })
  return {
    grant_type: 'authorization_code',
    code: codeOf(page),
    code_verifier: verifier,
    redirect_uri: redirectUri,
    client_id: client,
  }
}

function codeOf(page: Page): string {
  const location = page.headers.get('location')
  const code = location && new URL(location).searchParams.get('code')
  if (code) return code
  throw new Error(`No code: ${page.status} ${location ?? page.text.slice(0, 500)}`)
}

/** Signs in and exchanges the code at once. */
export async function signIn(
  site: Site,
  options: Parameters<typeof authorize>[1],
): Promise<TokenAnswer & { status: number }> {
  return requestToken(site, await authorize(site, options))
}

/** The demo's users. */
export const reader = { username: 'reader', password: 'reader-demo' } as const
export const admin = { username: 'admin', password: 'admin-demo' } as const
