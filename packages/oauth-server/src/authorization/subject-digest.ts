import { encodeBase64url } from '@scopewise/token-core/encoding'
import type { Secrets } from '../crypto/secrets.js'

/** Stands for a subject where the subject itself must not be written down. */
export async function subjectDigest(secrets: Secrets, subject: string): Promise<string> {
  const mac = await secrets.mac('subject-digest', new TextEncoder().encode(subject))
  return encodeBase64url((mac ?? new Uint8Array()).subarray(0, 16))
}
