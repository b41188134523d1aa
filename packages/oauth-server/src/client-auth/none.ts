import { single } from '../http/parameters.js'
import type { ClientAuthentication } from './credentials.js'

/** A public client only says who it is. OAuth 2.1 §2.4, §3.2.2. */
export const none: ClientAuthentication = {
  read(headers, form) {
    if (headers.has('authorization') || form.has('client_secret') || form.has('client_assertion')) return undefined
    const clientId = single(form, 'client_id')
    return clientId === undefined ? undefined : { clientId }
  },
  refuse: () => undefined,
}
