import type { OAuthClient } from '../client/client.js'
import { OAuthClientError } from '../errors.js'
import { fetchResourceMetadata } from '../resource-metadata/fetch-resource-metadata.js'

/** Finds out what an API that wants a token says about itself. */
export type ResourceDiscovery = (
  client: OAuthClient,
  resource: string,
  place: string | undefined,
) => Promise<{ readonly scopes: readonly string[] }>

/**
 * Reads the metadata of an API that answers 401 before anybody has signed in, and asks for the scopes it names. RFC 9728 §5.
 * The API doesn't choose the authorization server: it has to name the one that the client is configured with. CL-17.
 */
export function resourceDiscovery(): ResourceDiscovery {
  return async (client, resource, place) => {
    const { authorizationServers, scopes } = await fetchResourceMetadata(resource, {
      place,
      timeout: client.timeout,
      fetch: (request) => client.send(request, {}),
    })
    if (authorizationServers.includes(client.issuer)) return { scopes }
    throw new OAuthClientError('issuer_mismatch', `${resource} does not take tokens of ${client.issuer}`)
  }
}
