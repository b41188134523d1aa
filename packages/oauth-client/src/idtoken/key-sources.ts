import { type KeySource, remoteKeys } from '@scopewise/token-core'
import type { OAuthClient } from '../client/client.js'
import { parseSecureUrl } from '../http/secure-url.js'

/** Makes the function that gives the keys of a server: those handed in, or those that its metadata names (`jwks_uri`), kept by their URL. */
export function createKeySources(keys: KeySource | undefined): (client: OAuthClient) => Promise<KeySource> {
  const sources = new Map<string, KeySource>()
  return async (client) => {
    if (keys) return keys
    const { jwks_uri } = await client.metadata()
    const { href } = parseSecureUrl(jwks_uri, `jwks_uri of ${client.issuer}`, client.issuer.startsWith('http:'))
    const source =
      sources.get(href) ?? remoteKeys(href, { fetch: (input, init) => client.send(new Request(input, init), {}) })
    sources.set(href, source)
    return source
  }
}
