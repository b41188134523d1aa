import type { GrantType } from '../config/client.js'
import { authorizationCode } from './authorization-code.js'
import { clientCredentials } from './client-credentials.js'
import type { Grant } from './define-grant.js'
import { deviceCode } from './device-code.js'
import { refreshToken } from './refresh-token.js'
import { tokenExchange } from './token-exchange.js'

/** Every grant type of the token endpoint. Metadata lists exactly these. */
export const grants: Readonly<Record<GrantType, Grant>> = {
  authorization_code: authorizationCode,
  refresh_token: refreshToken,
  client_credentials: clientCredentials,
  'urn:ietf:params:oauth:grant-type:device_code': deviceCode,
  'urn:ietf:params:oauth:grant-type:token-exchange': tokenExchange,
}

// A Map, because the name comes from a request: an object would also answer to `constructor`.
const byName: ReadonlyMap<string, Grant> = new Map(Object.entries(grants))

export const findGrantType = (name: string): Grant | undefined => byName.get(name)
