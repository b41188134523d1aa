import { OAuthClientError } from '../errors.js'
import { type Exchanger, exchangeJson } from '../http/json.js'
import { parseMetadata, type ServerMetadata } from './metadata.js'

/** Seconds after which metadata is fetched anew, so that a long-lived process notices moved endpoints. */
const LIFETIME = 3600

export interface DiscoveryOptions extends Exchanger {
  readonly issuer: string
  readonly now: () => number
}

/**
 * Makes the function that gives a server's metadata: one fetch for all who ask at once, kept for an hour, failures not kept.
 * OpenID Connect Discovery 1.0 §4, then RFC 8414 §3.1.
 */
export function createDiscovery(options: DiscoveryOptions): () => Promise<ServerMetadata> {
  let known: { metadata: ServerMetadata; until: number } | undefined
  let flight: Promise<ServerMetadata> | undefined

  async function load(): Promise<ServerMetadata> {
    try {
      const metadata = await fetchMetadata(options)
      known = { metadata, until: options.now() + LIFETIME }
      return metadata
    } finally {
      flight = undefined
    }
  }

  return async () => {
    if (known && options.now() < known.until) return known.metadata
    flight ??= load()
    return flight
  }
}

async function fetchMetadata(options: DiscoveryOptions): Promise<ServerMetadata> {
  const { issuer } = options
  for (const url of wellKnownUrls(issuer)) {
    const { status, json } = await exchangeJson(options, url, { headers: { accept: 'application/json' } })
    if (status === 200 && json !== undefined) return parseMetadata(json, issuer)
    // "Not here" leads on to the other place; a server that is out of order does not, or its outage would choose for it.
    if (status >= 500 || status === 429) {
      throw new OAuthClientError('server_unavailable', `${url.origin} answered ${status} when asked for its metadata`)
    }
  }
  throw new OAuthClientError('discovery_failed', `${issuer} publishes no metadata: is the issuer spelt right?`)
}

/** Where the metadata of an issuer may be: appended to its path (OpenID Connect), or before its path (RFC 8414). Pure. */
export function wellKnownUrls(issuer: string): readonly URL[] {
  const { origin, pathname } = new URL(issuer)
  const path = pathname.replace(/\/$/, '')
  return [
    new URL(`${origin}${path}/.well-known/openid-configuration`),
    new URL(`${origin}/.well-known/oauth-authorization-server${path}`),
  ]
}
