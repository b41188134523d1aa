import type { OAuthClient } from '../client/client.js'
import { endpointOf } from '../discovery/metadata.js'
import { OAuthClientError } from '../errors.js'
import { isObject } from '../http/json.js'
import { postForm, refusal } from '../token-endpoint/request-tokens.js'

/** What a server says about a token, by the names on the wire. RFC 7662 §2.2. Only `active` is checked. */
export interface Introspection {
  readonly active: boolean
  readonly [claim: string]: unknown
}

/**
 * Asks the server about a token. RFC 7662 §2.1.
 *
 * NOT checked: whether the token is meant for who asks (`aud`), and what it allows (`scope`).
 *
 * @throws {OAuthClientError} not_supported, token_refused, invalid_response
 */
export async function introspect(
  client: OAuthClient,
  token: string,
  hint?: 'access_token' | 'refresh_token',
): Promise<Introspection> {
  const url = endpointOf(await client.metadata(), 'introspection_endpoint')
  const answer = await postForm(client, url, { token, token_type_hint: hint })
  if (answer.status !== 200) throw refusal('The introspection endpoint', answer)
  const claims = isObject(answer.json) ? answer.json : {}
  // Only the boolean counts: a token is not alive because a server sent "false" as a text.
  if (typeof claims['active'] !== 'boolean')
    throw new OAuthClientError('invalid_response', 'The introspection answer does not say whether the token is active')
  return { ...claims, active: claims['active'] }
}
