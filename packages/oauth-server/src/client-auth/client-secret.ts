import type { Client } from '../config/client.js'
import { digestClientSecret } from '../config/client-secret.js'
import { equalDigests } from '../crypto/compare.js'
import type { Credentials } from './credentials.js'

/** Compares digests of one length, for an unknown client too: how long it takes says nothing. CWE-208 */
export async function refuseSecret({ secret }: Credentials, client: Client | undefined): Promise<string | undefined> {
  const presented = await digestClientSecret(secret ?? '')
  const stored = (await client?.secretHashes) ?? [presented.replaceAll(/[^:]/g, '-')]
  return stored.map((hash) => equalDigests(hash, presented)).includes(true) ? undefined : 'wrong_secret'
}
