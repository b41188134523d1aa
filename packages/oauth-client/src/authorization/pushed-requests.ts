import type { RequestPusher } from '../client/client.js'
import { endpointOf } from '../discovery/metadata.js'
import { OAuthClientError } from '../errors.js'
import { isObject } from '../http/json.js'
import { postForm, refusal } from '../token-endpoint/request-tokens.js'

/**
 * Sends authorization requests straight to the server when it takes them so: what is asked for can't be changed or read in the
 * browser, and the client is authenticated before the user sees a page. RFC 9126. A server without the endpoint gets a plain request.
 */
export function pushedRequests(): RequestPusher {
  return async (client, params) => {
    const metadata = await client.metadata()
    const name = 'pushed_authorization_request_endpoint'
    if (metadata[name] === undefined) return params
    const answer = await postForm(client, endpointOf(metadata, name), params)
    const requestUri = isObject(answer.json) && answer.json['request_uri']
    // §2.2 says 201; some servers say 200.
    if (answer.status !== 201 && answer.status !== 200) throw refusal('The pushed request endpoint', answer)
    if (typeof requestUri !== 'string' || !URL.canParse(requestUri))
      throw new OAuthClientError('invalid_response', 'The answer to the pushed request has no request_uri')
    return { client_id: client.clientId, request_uri: requestUri }
  }
}
