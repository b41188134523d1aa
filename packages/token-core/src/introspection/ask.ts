import { openToken, type Profile } from '../claims/open.js'
import { isAudience, isText } from '../claims/rules.js'
import { decodeUtf8 } from '../encoding/utf8.js'
import { readBytes, within } from '../http/bounded.js'
import { parseJson } from '../jwt/json.js'
import { isObject } from '../jwt/parse.js'
import { isNumericDate } from '../jwt/time.js'
import type { KeySource } from '../keys/key-source.js'

type Awaitable<T> = T | Promise<T>

/** A request to the introspection endpoint, to be completed by who the client is. */
export interface IntrospectionRequest {
  readonly headers: Headers
  readonly body: URLSearchParams
}

/** Answers that the authorization server signs. RFC 9701. */
export interface SignedAnswers {
  /** The keys of the authorization server. */
  readonly keys: KeySource
  /** What this resource server is called there: the answers' `aud`. */
  readonly audience: string
}

/** How the endpoint is asked. */
export interface AskOptions {
  readonly endpoint: string
  readonly issuer: string
  readonly authenticate: (request: IntrospectionRequest) => Awaitable<void>
  readonly signed: SignedAnswers | undefined
  readonly fetch: typeof globalThis.fetch
  /** Seconds for the whole exchange. */
  readonly timeout: number
}

/** Bytes. */
const MAX_SIZE = 65_536
const SIGNED = 'application/token-introspection+jwt'

/** RFC 9701 §5. */
const PROFILE: Profile = {
  types: ['token-introspection+jwt'],
  rules: {
    iss: ['required', isText],
    aud: ['required', isAudience],
    iat: ['required', isNumericDate],
    token_introspection: ['required', isObject],
  },
}

/**
 * Asks the introspection endpoint about one token. RFC 7662 §2: no redirects, bounded in size and time. Rejects when there
 * is no answer, or one that is not what was asked for.
 * @returns the members of the answer, or undefined when the token is not active
 */
export function askEndpoint(token: string, options: AskOptions): Promise<Record<string, unknown> | undefined> {
  return within(options.timeout, async (signal) => {
    const { endpoint, signed, fetch } = options
    const headers = new Headers({ accept: signed ? SIGNED : 'application/json' })
    const body = new URLSearchParams({ token, token_type_hint: 'access_token' })
    await options.authenticate({ headers, body })
    headers.set('content-type', 'application/x-www-form-urlencoded')
    // A redirect would carry the token to somebody else. `error` is not known to every runtime.
    const response = await fetch(endpoint, {
      method: 'POST',
      headers,
      body: body.toString(),
      redirect: 'manual',
      signal,
    })
    const type = response.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase()
    if (response.status !== 200 || type !== (signed ? SIGNED : 'application/json')) {
      await response.body?.cancel()
      throw new Error(`The introspection endpoint answered with status ${response.status} and type ${type}.`)
    }
    const text = decodeUtf8(await readBytes(response.body, MAX_SIZE))
    const answer = signed ? await openSigned(text, signed, options.issuer) : parseJson(text)
    if (!isObject(answer) || typeof answer['active'] !== 'boolean')
      throw new Error('The introspection endpoint answered with something else than RFC 7662 §2.2 describes.')
    return answer['active'] ? answer : undefined
  })
}

async function openSigned(jwt: string, { keys, audience }: SignedAnswers, issuer: string): Promise<unknown> {
  const { claims } = await openToken(jwt, PROFILE, ({ iss }) => (iss === issuer ? keys : undefined))
  if (![claims['aud']].flat().includes(audience)) throw new Error('The signed answer is for somebody else.')
  return claims['token_introspection']
}
