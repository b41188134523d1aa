import type { ClientAuth } from './client-auth.js'

/** A public client: it has no secret and states its `client_id`. OAuth 2.1 §2.4.2. */
export function none(): ClientAuth {
  return ({ clientId, body }) => body.set('client_id', clientId)
}
