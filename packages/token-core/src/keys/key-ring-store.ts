import { decodeBase64url, encodeBase64url } from '../encoding/base64url.js'
import { decodeUtf8, encodeUtf8 } from '../encoding/utf8.js'

type Awaitable<T> = T | Promise<T>

/** What a {@link KeyStore} holds: one text, and the version that `casKeys` compares. */
export interface StoredKeys {
  readonly version: number
  readonly wrapped: string
}

/** Where a key ring is kept: two of the verbs of `Store` in `@scopewise/oauth-server`, so each of its stores fits. */
export interface KeyStore {
  /** `memory` may hold keys without a wrapping, since nothing outlives the process. */
  readonly durability: 'memory' | 'durable'
  findKeys(): Promise<StoredKeys | undefined>
  /** Replaces the keys when `expectedVersion` (0 for none yet) is still current: atomic over all processes. */
  casKeys(expectedVersion: number, wrapped: string): Promise<boolean>
}

/** How private keys are made unreadable before they are stored: by a secret ({@link secretWrapping}), or by a KMS. */
export interface KeyWrapping {
  wrap(text: string): Awaitable<string>
  /** Undefined, or a rejection, for what it can't open: then the ring does not start. It never makes new keys instead. */
  unwrap(wrapped: string): Awaitable<string | undefined>
}

/** A store inside this process, for tests and for one process alone: its keys are gone with it. */
export function memoryKeyStore(): KeyStore {
  let stored: StoredKeys | undefined
  return {
    durability: 'memory',
    findKeys: async () => stored,
    async casKeys(expectedVersion, wrapped) {
      if ((stored?.version ?? 0) !== expectedVersion) return false
      stored = { version: expectedVersion + 1, wrapped }
      return true
    },
  }
}

const NONCE_BYTES = 12
const MIN_SECRET = 32

/**
 * Wraps private keys with AES-256-GCM under a key derived from a secret (HKDF-SHA-256, RFC 5869). A list rotates the
 * secret: the first one wraps, the others still unwrap.
 * @throws {TypeError} when a secret has fewer than 32 characters. Not checked: whether they are random.
 */
export function secretWrapping(secret: string | readonly string[]): KeyWrapping {
  const secrets = typeof secret === 'string' ? [secret] : secret
  if (secrets.length === 0 || secrets.some((text) => text.length < MIN_SECRET))
    throw new TypeError(`secretWrapping needs a secret of at least ${MIN_SECRET} random characters.`)
  const keys = secrets.map(deriveKey)
  // Reported where it is used.
  for (const key of keys) key.catch(() => undefined)
  return {
    async wrap(text) {
      const [key] = await Promise.all(keys.slice(0, 1))
      const iv = globalThis.crypto.getRandomValues(new Uint8Array(NONCE_BYTES))
      if (!key) throw new TypeError('secretWrapping has no secret.')
      const sealed = await globalThis.crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, encodeUtf8(text))
      return encodeBase64url(new Uint8Array([...iv, ...new Uint8Array(sealed)]))
    },
    async unwrap(wrapped) {
      const bytes = decodeBase64url(wrapped)
      const [iv, sealed] = [bytes.slice(0, NONCE_BYTES), bytes.slice(NONCE_BYTES)]
      for (const key of await Promise.all(keys)) {
        const opened = globalThis.crypto.subtle.decrypt({ name: 'AES-GCM', iv }, key, sealed)
        const text = await opened.then((plain) => decodeUtf8(new Uint8Array(plain))).catch(() => undefined)
        if (text !== undefined) return text
      }
      return undefined
    },
  }
}

async function deriveKey(secret: string): Promise<CryptoKey> {
  const { subtle } = globalThis.crypto
  const root = await subtle.importKey('raw', encodeUtf8(secret), 'HKDF', false, ['deriveKey'])
  const hkdf = { name: 'HKDF', hash: 'SHA-256', salt: encodeUtf8('scopewise'), info: encodeUtf8('key ring, version 1') }
  return subtle.deriveKey(hkdf, root, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])
}
