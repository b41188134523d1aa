import { type ClientAssertionVerifier, createClientAssertionVerifier } from '@scopewise/token-core/client-assertion'
import type { Client } from '../config/client.js'
import type { Config } from '../config/config.js'
import type { Store } from '../storage/store.js'
import type { ClientKeys } from './client-keys.js'

/** Verifies the assertion of a client and uses it up. @throws {TokenError} */
export type VerifyAssertion = (client: Client, assertion: string) => Promise<void>

/** An assertion is for this issuer as its only audience, signed with a registered key of its client, and good once among all processes. */
export function createVerifyAssertion(
  { issuer, now }: Config,
  { store, keys }: { readonly store: Store; readonly keys: ClientKeys },
): VerifyAssertion {
  const verifiers = new WeakMap<Client, ClientAssertionVerifier>()
  return async (client, assertion) => {
    const verifier =
      verifiers.get(client) ??
      createClientAssertionVerifier({ issuer, keys: () => keys(client), replay: store.useOnce, now })
    verifiers.set(client, verifier)
    await verifier.verify(assertion, client.clientId)
  }
}
