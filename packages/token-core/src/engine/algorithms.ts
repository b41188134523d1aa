type Hash = 'SHA-256' | 'SHA-384' | 'SHA-512'

/** One row of the table: the keys that an algorithm is for, and what the engines need to know. */
export interface AlgorithmFacts {
  readonly kty: 'RSA' | 'EC' | 'OKP' | 'AKP' | 'oct'
  readonly crv?: string
  /** What WebCrypto calls it. */
  readonly name: string
  readonly hash?: Hash
  /** Bytes, where all signatures have the same length. */
  readonly signatureLength?: number
  /** Bytes, where all public keys have the same length. */
  readonly keyLength?: number
  /** What takes about a millisecond or more: it must not hold up the event loop. */
  readonly slow?: 'sign' | 'sign and verify'
}

/** Every algorithm with a public key. RFC 7518 §3.1, RFC 8037 §3.1, RFC 9864 §2.2, RFC 9964. */
const PUBLIC_KEY = {
  RS256: { kty: 'RSA', name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', slow: 'sign' },
  RS384: { kty: 'RSA', name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-384', slow: 'sign' },
  RS512: { kty: 'RSA', name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-512', slow: 'sign' },
  PS256: { kty: 'RSA', name: 'RSA-PSS', hash: 'SHA-256', slow: 'sign' },
  PS384: { kty: 'RSA', name: 'RSA-PSS', hash: 'SHA-384', slow: 'sign' },
  PS512: { kty: 'RSA', name: 'RSA-PSS', hash: 'SHA-512', slow: 'sign' },
  ES256: { kty: 'EC', crv: 'P-256', name: 'ECDSA', hash: 'SHA-256', signatureLength: 64, keyLength: 32 },
  ES384: {
    kty: 'EC',
    crv: 'P-384',
    name: 'ECDSA',
    hash: 'SHA-384',
    signatureLength: 96,
    keyLength: 48,
    slow: 'sign and verify',
  },
  ES512: {
    kty: 'EC',
    crv: 'P-521',
    name: 'ECDSA',
    hash: 'SHA-512',
    signatureLength: 132,
    keyLength: 66,
    slow: 'sign and verify',
  },
  EdDSA: { kty: 'OKP', crv: 'Ed25519', name: 'Ed25519', signatureLength: 64, keyLength: 32 },
  Ed25519: { kty: 'OKP', crv: 'Ed25519', name: 'Ed25519', signatureLength: 64, keyLength: 32 },
  'ML-DSA-44': { kty: 'AKP', name: 'ML-DSA-44', signatureLength: 2420, keyLength: 1312, slow: 'sign' },
  'ML-DSA-65': { kty: 'AKP', name: 'ML-DSA-65', signatureLength: 3309, keyLength: 1952, slow: 'sign' },
  'ML-DSA-87': { kty: 'AKP', name: 'ML-DSA-87', signatureLength: 4627, keyLength: 2592, slow: 'sign' },
} as const satisfies Readonly<Record<string, AlgorithmFacts>>

/** Every algorithm with a secret that issuer and verifier share. RFC 7518 §3.2. Only `importSecretKey` serves them. */
const SHARED_SECRET = {
  HS256: { kty: 'oct', name: 'HMAC', hash: 'SHA-256', signatureLength: 32 },
  HS384: { kty: 'oct', name: 'HMAC', hash: 'SHA-384', signatureLength: 48 },
  HS512: { kty: 'oct', name: 'HMAC', hash: 'SHA-512', signatureLength: 64 },
} as const satisfies Readonly<Record<string, AlgorithmFacts>>

/** The algorithms that a private key signs and a public key verifies with. */
export type SigningAlgorithm = keyof typeof PUBLIC_KEY

/** The algorithms with one secret for both sides: whoever can verify can also issue. */
export type SecretAlgorithm = keyof typeof SHARED_SECRET

type Algorithm = SigningAlgorithm | SecretAlgorithm

// Object.hasOwn, because a name may come from a token: `constructor` is no algorithm.

/** Whether keys of a key set can be for it. */
export function isSigningAlgorithm(name: string): name is SigningAlgorithm {
  return Object.hasOwn(PUBLIC_KEY, name)
}

export function isSecretAlgorithm(name: string): name is SecretAlgorithm {
  return Object.hasOwn(SHARED_SECRET, name)
}

export function algorithmFacts(algorithm: Algorithm): AlgorithmFacts {
  return isSecretAlgorithm(algorithm) ? SHARED_SECRET[algorithm] : PUBLIC_KEY[algorithm]
}

/**
 * The algorithm that a key is for when the key itself does not say: the first of its kind in the table. A key of type
 * AKP always says it (RFC 9964 §4), and a secret never stands in a key set.
 */
export function inferAlgorithm(key: { readonly kty?: unknown; readonly crv?: unknown }): SigningAlgorithm | undefined {
  if (key.kty === 'AKP') return undefined
  return signingAlgorithms.find((name) => algorithmFacts(name).kty === key.kty && algorithmFacts(name).crv === key.crv)
}

/** The names of all algorithms with a public key. */
// The keys of the table are its names.
export const signingAlgorithms = /* @__PURE__ */ Object.keys(PUBLIC_KEY) as readonly SigningAlgorithm[]
