/** How the key of a content is found, and the keys that each way is for. RFC 7518 §4.1, RFC 8037 §3.2. RSA1_5 is not here, and never will be: RFC 8725 §3.2. */
const KEY_MANAGEMENT = {
  dir: { kty: ['oct'] },
  A128KW: { kty: ['oct'], keyLength: 16 },
  A192KW: { kty: ['oct'], keyLength: 24 },
  A256KW: { kty: ['oct'], keyLength: 32 },
  A128GCMKW: { kty: ['oct'], keyLength: 16 },
  A192GCMKW: { kty: ['oct'], keyLength: 24 },
  A256GCMKW: { kty: ['oct'], keyLength: 32 },
  'RSA-OAEP': { kty: ['RSA'] },
  'RSA-OAEP-256': { kty: ['RSA'] },
  'RSA-OAEP-384': { kty: ['RSA'] },
  'RSA-OAEP-512': { kty: ['RSA'] },
  'ECDH-ES': { kty: ['EC', 'OKP'] },
  'ECDH-ES+A128KW': { kty: ['EC', 'OKP'] },
  'ECDH-ES+A192KW': { kty: ['EC', 'OKP'] },
  'ECDH-ES+A256KW': { kty: ['EC', 'OKP'] },
} as const satisfies Readonly<Record<string, KeyManagementFacts>>

/** Only for `importPassword`. RFC 7518 §4.8. */
const PASSWORD = {
  'PBES2-HS256+A128KW': { kty: ['oct'] },
  'PBES2-HS384+A192KW': { kty: ['oct'] },
  'PBES2-HS512+A256KW': { kty: ['oct'] },
} as const

/** Bytes of the key of each way to encrypt content, the preferred one first. RFC 7518 §5.1. */
const CONTENT_ENCRYPTION = {
  A256GCM: 32,
  A128GCM: 16,
  A192GCM: 24,
  'A256CBC-HS512': 64,
  'A192CBC-HS384': 48,
  'A128CBC-HS256': 32,
} as const

/** One row: the key types, and the bytes of a key where that is fixed. */
export interface KeyManagementFacts {
  readonly kty: readonly ('oct' | 'RSA' | 'EC' | 'OKP')[]
  readonly keyLength?: number
}

/** What `alg` of a JWE can be, for a key. */
export type KeyManagementAlgorithm = keyof typeof KEY_MANAGEMENT

/** What `alg` of a JWE can be, for a password. */
export type PasswordAlgorithm = keyof typeof PASSWORD

/** What `enc` of a JWE can be. */
export type ContentEncryption = keyof typeof CONTENT_ENCRYPTION

/** The curves of ECDH-ES. RFC 7518 §4.6, RFC 8037 §3.2. */
export const AGREEMENT_CURVES: readonly unknown[] = ['P-256', 'P-384', 'P-521', 'X25519']

// The keys of the tables are their names.
export const contentEncryptions = Object.keys(CONTENT_ENCRYPTION) as readonly ContentEncryption[]
export const keyManagementAlgorithms = Object.keys(KEY_MANAGEMENT) as readonly KeyManagementAlgorithm[]

export function isKeyManagementAlgorithm(name: unknown): name is KeyManagementAlgorithm {
  return typeof name === 'string' && Object.hasOwn(KEY_MANAGEMENT, name)
}

export function isPasswordAlgorithm(name: unknown): name is PasswordAlgorithm {
  return typeof name === 'string' && Object.hasOwn(PASSWORD, name)
}

export function isContentEncryption(name: unknown): name is ContentEncryption {
  return typeof name === 'string' && Object.hasOwn(CONTENT_ENCRYPTION, name)
}

export function keyManagementFacts(algorithm: KeyManagementAlgorithm): KeyManagementFacts {
  return KEY_MANAGEMENT[algorithm]
}

/** Bytes. */
export function contentKeyLength(encryption: ContentEncryption): number {
  return CONTENT_ENCRYPTION[encryption]
}
