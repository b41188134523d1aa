import { decodeBase64url } from '@scopewise/token-core/encoding'
import { decodeFormText, single } from '../http/parameters.js'
import { refuseSecret } from './client-secret.js'
import type { ClientAuthentication, ReadCredentials } from './credentials.js'

const read: ReadCredentials = (headers, form) => {
  const header = headers.get('authorization')
  if (header === null) return undefined
  const encoded = /^basic +([A-Za-z0-9+/]+={0,2}) *$/i.exec(header)?.[1]
  const pair = encoded === undefined ? undefined : decodeBase64(encoded)
  const colon = pair?.indexOf(':') ?? -1
  if (pair === undefined || colon < 1) return 'malformed'
  const clientId = decodeFormText(pair.slice(0, colon))
  const secret = decodeFormText(pair.slice(colon + 1))
  if (!clientId || !secret) return 'malformed'
  // Many clients repeat their identifier in the body: it must at least be the same one.
  return (single(form, 'client_id') ?? clientId) === clientId ? { clientId, secret } : 'malformed'
}

/** HTTP Basic, with identifier and secret form-encoded before they are joined. RFC 6749 §2.3.1, RFC 7617 §2. */
export const clientSecretBasic: ClientAuthentication = { read, refuse: refuseSecret }

const utf8 = new TextDecoder('utf-8', { fatal: true })

function decodeBase64(text: string): string | undefined {
  // RFC 4648 §3.2: padding may be left out, and fills up to four characters where it stands.
  if (text.endsWith('=') && text.length % 4 !== 0) return undefined
  try {
    return utf8.decode(decodeBase64url(text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')))
  } catch {
    return undefined
  }
}
