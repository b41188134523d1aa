import { createClientAssertion, type Signer } from '@scopewise/token-core/client-assertion'
import type { ClientAuth } from './client-auth.js'

/**
 * A confidential client that signs an assertion for each request, so that no secret ever travels. RFC 7523 §2.2; the assertion is for
 * the issuer alone (`aud`), as draft-ietf-oauth-rfc7523bis §4 says, and so of no use at another server.
 *
 * @param key what token-core's `importSigningKey` gives, or a key held elsewhere with the same members
 */
export function privateKeyJwt(key: Signer): ClientAuth {
  return async ({ clientId, issuer, body, now }) => {
    body.set('client_id', clientId)
    body.set('client_assertion_type', 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer')
    body.set('client_assertion', await createClientAssertion(key, { clientId, issuer, now }))
  }
}
