import { createDpopNonces, createDpopVerifier, type DpopVerifier } from '@scopewise/token-core/dpop'
import { DPOP_ALGORITHMS } from '../config/client.js'
import type { Config } from '../config/config.js'
import type { Secrets } from '../crypto/secrets.js'
import type { Store } from '../storage/store.js'

/** What verifies DPoP proofs here, each with nonces of its own: a nonce of one is no nonce of the other. RFC 9449 §8, §9. */
export interface DpopVerifiers {
  /** At the endpoints that clients authenticate at. */
  readonly token: DpopVerifier
  /** At userinfo, which is a resource. */
  readonly userinfo: DpopVerifier
}

/** Proofs are used up in the store; nonces come from the clock and the secrets, so every process knows those of all others. */
export async function createDpopVerifiers(
  { issuer, origin, dpopNonces, now }: Config,
  { store, secrets }: { readonly store: Store; readonly secrets: Secrets },
): Promise<DpopVerifiers> {
  const keys = await secrets.bytes('dpop-nonce')
  const verifier = (audience: string): DpopVerifier =>
    createDpopVerifier({
      replay: store.useOnce,
      algorithms: DPOP_ALGORITHMS,
      origin,
      now,
      ...(dpopNonces && { nonces: createDpopNonces({ secrets: keys, audience, now }) }),
    })
  return { token: verifier(issuer), userinfo: verifier(`${issuer}/userinfo`) }
}
