import type { KeyObject } from 'node:crypto'
import { findNodeCrypto, type NodeCrypto } from '../encoding/node-crypto.js'
import { type AlgorithmFacts, algorithmFacts, type SigningAlgorithm } from './algorithms.js'
import type { Bytes, Engine, KeyMembers, PublicKeyHandle } from './engine.js'

/** The engine on `node:crypto`, or undefined where WebCrypto serves better. */
export function createNodeEngine(): Engine | undefined {
  const crypto = findNodeCrypto()
  if (!crypto) return undefined
  return {
    name: 'node',
    importPrivate(members, algorithm) {
      const facts = algorithmFacts(algorithm)
      const digest = digestOf(facts)
      const key = keyOptions(crypto, crypto.createPrivateKey(asJwk(members)), facts)
      if (facts.slow) return (data) => signOnThreadPool(crypto, digest, data, key)
      return (data) => bytesOf(crypto.sign(digest, data, key))
    },
    importPublic: (members, algorithm) => importPublicInNode(crypto, members, algorithm),
    importSecret(secret, algorithm) {
      const facts = algorithmFacts(algorithm)
      const digest = digestOf(facts) ?? ''
      const key = crypto.createSecretKey(secret)
      const sign = (data: Bytes) => bytesOf(crypto.createHmac(digest, key).update(data).digest())
      const verifySync = (data: Bytes, signature: Bytes) =>
        signature.length === facts.signatureLength && crypto.timingSafeEqual(sign(data), signature)
      return { sign, verify: verifySync, verifySync }
    },
  }
}

/** Apart from the engine, so that a bundle that only verifies holds nothing that signs. */
export function importPublicInNode(
  crypto: NodeCrypto,
  members: KeyMembers,
  algorithm: SigningAlgorithm,
): PublicKeyHandle {
  const facts = algorithmFacts(algorithm)
  const digest = digestOf(facts)
  const key = keyOptions(crypto, crypto.createPublicKey(asJwk(members)), facts)
  const verifySync = (data: Bytes, signature: Bytes) => crypto.verify(digest, data, key, signature)
  if (facts.slow !== 'sign and verify') return { verify: verifySync, verifySync }
  return { verify: (data, signature) => verifyOnThreadPool(crypto, digest, data, key, signature), verifySync }
}

function asJwk(members: KeyMembers) {
  return { key: { ...members }, format: 'jwk' } as const
}

/** `sha256` for SHA-256: the spelling that every OpenSSL knows. */
function digestOf({ hash }: AlgorithmFacts): string | undefined {
  return hash?.toLowerCase().replace('-', '')
}

type KeyOptions = ReturnType<typeof keyOptions>

function keyOptions(crypto: NodeCrypto, key: KeyObject, { name }: AlgorithmFacts) {
  const { RSA_PKCS1_PSS_PADDING: padding, RSA_PSS_SALTLEN_DIGEST: saltLength } = crypto.constants
  if (name === 'RSA-PSS') return { key, padding, saltLength }
  return name === 'ECDSA' ? { key, dsaEncoding: 'ieee-p1363' as const } : { key }
}

function signOnThreadPool(
  crypto: NodeCrypto,
  digest: string | undefined,
  data: Bytes,
  key: KeyOptions,
): Promise<Bytes> {
  return new Promise((resolve, reject) => {
    crypto.sign(digest, data, key, (error, signature) => {
      if (error) reject(error)
      else resolve(bytesOf(signature))
    })
  })
}

function verifyOnThreadPool(
  crypto: NodeCrypto,
  digest: string | undefined,
  data: Bytes,
  key: KeyOptions,
  signature: Bytes,
): Promise<boolean> {
  return new Promise((resolve, reject) => {
    crypto.verify(digest, data, key, signature, (error, verified) => {
      if (error) reject(error)
      else resolve(verified)
    })
  })
}

/** A plain view on the Buffer's memory. */
function bytesOf(buffer: Uint8Array): Bytes {
  // node:crypto allocates its own, never shared memory.
  return new Uint8Array(buffer.buffer as ArrayBuffer, buffer.byteOffset, buffer.byteLength)
}
