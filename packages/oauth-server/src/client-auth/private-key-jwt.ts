import { isTokenError } from '@scopewise/token-core'
import { decodeBase64url } from '@scopewise/token-core/encoding'
import { unavailable } from '../errors.js'
import { single } from '../http/parameters.js'
import type { ClientAuthentication } from './credentials.js'

/** RFC 7523 §2.2 */
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/** An assertion that the client signed, for this issuer alone and good for one request. RFC 7523 §2.2, §3, RFC 7523bis §4. */
export const privateKeyJwt: ClientAuthentication = {
  read(_headers, form) {
    if (!form.has('client_assertion') && !form.has('client_assertion_type')) return undefined
    const assertion = single(form, 'client_assertion')
    if (assertion === undefined || single(form, 'client_assertion_type') !== ASSERTION_TYPE) return 'malformed'
    const clientId = single(form, 'client_id') ?? readSubject(assertion)
    return clientId === undefined ? 'malformed' : { clientId, assertion }
  },
  async refuse({ assertion = '' }, client, { assertions }) {
    try {
      if (!client) return 'unknown_client'
      await assertions(client, assertion)
      return undefined
    } catch (error) {
      if (!isTokenError(error)) throw error
      if (error.status === 503) throw unavailable(error, error.code)
      return `assertion_${error.code}`
    }
  },
}

/** Whom the assertion is about, as long as nobody has verified it: only tells whose keys to ask. RFC 7521 §4.2: client_id is not needed beside it. */
function readSubject(assertion: string): string | undefined {
  try {
    const claims: unknown = JSON.parse(new TextDecoder().decode(decodeBase64url(assertion.split('.')[1] ?? '')))
    const subject = typeof claims === 'object' && claims !== null && 'sub' in claims ? claims.sub : undefined
    return typeof subject === 'string' ? subject : undefined
  } catch {
    return undefined
  }
}
