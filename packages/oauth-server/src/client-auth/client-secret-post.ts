import { single } from '../http/parameters.js'
import { refuseSecret } from './client-secret.js'
import type { ClientAuthentication } from './credentials.js'

/** Client identifier and secret in the body. OAuth 2.1 §2.4.1. */
export const clientSecretPost: ClientAuthentication = {
  read(_headers, form) {
    const secret = single(form, 'client_secret')
    if (secret === undefined) return undefined
    const clientId = single(form, 'client_id')
    return clientId === undefined ? 'malformed' : { clientId, secret }
  },
  refuse: refuseSecret,
}
