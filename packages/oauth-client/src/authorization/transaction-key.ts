import { sha256 } from '@scopewise/token-core/encoding'
import type { Context } from '../token-endpoint/context.js'

/**
 * The key of a transaction. With the issuer, the client and the session inside, a response of another issuer, for another
 * client or in another user's session finds nothing, and can't use up a transaction that is not its own (CL-02, CL-09, CL-11).
 */
export function transactionKey(context: Context, state: string, session: string | undefined): Promise<string> {
  return sha256(JSON.stringify([context.issuer, context.clientId, session, state]))
}
