import { sha256 } from '@scopewise/token-core/encoding'
import type { OAuthClient } from '../client/client.js'

/**
 * The key of a transaction. With the issuer, the client and the session inside, a response of another issuer, for another
 * client or in another user's session finds nothing, and can't use up a transaction that is not its own (CL-02, CL-09, CL-11).
 */
export function transactionKey(client: OAuthClient, state: string, session: string | undefined): Promise<string> {
  return sha256(JSON.stringify([client.issuer, client.clientId, session, state]))
}
