import { SetupError } from '../errors.js'
import type { Settings } from './environment.js'

/** The two origins of the example: a page with scripts must not share its origin with the sign-in page. */
export interface Origins {
  /** The authorization server's issuer. */
  readonly issuer: string
  /** Where the page and the API live, without a slash at the end. */
  readonly api: string
  /** The API's URL: its resource identifier and the audience of its tokens. RFC 8707 §2. */
  readonly resource: string
}

/**
 * Decides the origins for the port that was bound. They come from the settings alone, never from a Host header.
 * @throws {SetupError} when both would be one origin, or an exposed one is not https
 */
export function resolveOrigins(settings: Pick<Settings, 'issuer' | 'apiOrigin'>, port: number): Origins {
  const issuer = settings.issuer ?? `http://localhost:${port}`
  const api = settings.apiOrigin ?? `http://127.0.0.1:${port}`
  if (new URL(issuer).host === new URL(api).host) {
    throw new SetupError(
      `ISSUER and API_ORIGIN must differ in host or port (both are ${new URL(api).host}): the sign-in page may not share its origin with scripts.`,
    )
  }
  for (const [name, value] of Object.entries({ ISSUER: issuer, API_ORIGIN: api })) {
    if (new URL(value).protocol === 'http:' && !isLoopback(new URL(value).hostname)) {
      throw new SetupError(`${name} must be https, or http on a loopback host like localhost: it is ${value}.`)
    }
  }
  return { issuer, api, resource: `${api}/graphql` }
}

/** Whether only this machine can reach the host. RFC 6761 §6.3, RFC 1122 §3.2.1.3. */
export function isLoopback(hostname: string): boolean {
  const name = hostname.toLowerCase().replace(/^\[|\]$/g, '')
  return name === '::1' || name === 'localhost' || name.endsWith('.localhost') || /^127(\.\d{1,3}){3}$/.test(name)
}
