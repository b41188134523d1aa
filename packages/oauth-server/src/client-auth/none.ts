import { single } from '../http/parameters.js'
import type { ReadCredentials } from './credentials.js'

/** A public client only says who it is. OAuth 2.1 §2.4, §3.2.2. */
export const readNone: ReadCredentials = (headers, form) => {
  if (headers.has('authorization') || form.has('client_secret')) return undefined
  const clientId = single(form, 'client_id')
  return clientId === undefined ? undefined : { clientId, secret: undefined }
}
