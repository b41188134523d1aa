import { exportJWK } from 'jose/key/export'
import { generateKeyPair } from 'jose/key/generate/keypair'
import { randomToken } from '../encoding/random.js'
import { jwkThumbprint, type PrivateJwk } from '../keys/jwk.js'
import type { SecretJwk } from '../keys/secret-key.js'
import {
  type ContentEncryption,
  contentKeyLength,
  type KeyManagementAlgorithm,
  keyManagementFacts,
} from './algorithms.js'

/**
 * Generates a key to decrypt with, for `importDecryptionKey`: an RSA key of 2048 bits, a key on X25519 or on another
 * curve, or a secret as long as its algorithm wants it (for `dir` as its content wants it). It has a `kid`: the RFC 7638
 * thumbprint of its public half, or a random one for a secret. Keep it secret.
 * @throws {TypeError} when the runtime can't generate such a key, or `dir` comes without a content encryption
 */
export async function generateEncryptionJwk(
  algorithm: KeyManagementAlgorithm,
  options: {
    readonly curve?: 'P-256' | 'P-384' | 'P-521' | 'X25519'
    readonly contentEncryption?: ContentEncryption
  } = {},
): Promise<(PrivateJwk | SecretJwk) & { readonly alg: string; readonly kid: string }> {
  const { kty, keyLength } = keyManagementFacts(algorithm)
  const { curve = 'P-256', contentEncryption } = options
  if (!kty.some((name) => name === 'oct')) {
    const { privateKey } = await generateKeyPair(algorithm, { extractable: true, modulusLength: 2048, crv: curve })
    // jose exports a private key with all its members.
    const jwk = (await exportJWK(privateKey)) as unknown as PrivateJwk
    return { ...jwk, alg: algorithm, kid: await jwkThumbprint(jwk) }
  }
  const length = keyLength ?? (contentEncryption && contentKeyLength(contentEncryption))
  if (length === undefined) throw new TypeError('A key for dir needs a contentEncryption.')
  return {
    kty: 'oct',
    k: randomToken(length),
    alg: keyLength ? algorithm : String(contentEncryption),
    kid: randomToken(16),
  }
}
