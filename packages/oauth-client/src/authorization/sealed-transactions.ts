import { decodeBase64url, encodeBase64url } from '@scopewise/token-core/encoding'
import type { Transaction, TransactionStore } from '../client/transaction.js'
import { OAuthClientError } from '../errors.js'
import { isObject } from '../http/json.js'

/** The cookies of one request and of its answer. */
export interface CookieJar {
  read(name: string): string | undefined
  /** @param maxAge seconds; 0 takes the cookie away */
  write(name: string, value: string, maxAge: number): void
}

export interface SealedTransactionsOptions {
  /** 32 random bytes or more as text, from the environment. The first one seals, all of them open: put a new one in front. */
  readonly secrets: readonly string[]
  readonly cookies: CookieJar
}

/** `__Host-`: set over https by this very host and for no other, so that a neighbour can't plant one. RFC 6265bis §4.1.3. */
const PREFIX = '__Host-login.'

/**
 * Keeps a login in a cookie of the browser that began it, sealed with AES-GCM: for servers that keep nothing. Make it for each request:
 * `startAuthorization({ ...client, transactions: sealedTransactions({ secrets, cookies }) }, …)`.
 *
 * NOT checked: that a login is finished once, since nothing is kept that could tell. The browser forgets the cookie, and the server
 * takes its code once.
 *
 * @throws {OAuthClientError} invalid_configuration for a secret that is short
 */
export function sealedTransactions({ secrets, cookies }: SealedTransactionsOptions): TransactionStore {
  if (secrets.length === 0 || secrets.some((secret) => secret.length < 32))
    throw new OAuthClientError('invalid_configuration', 'sealedTransactions needs secrets of 32 random bytes or more')
  const nameOf = (key: string) => PREFIX + key
  return {
    async put(key, transaction) {
      const [secret = ''] = secrets
      cookies.write(nameOf(key), await seal(secret, key, transaction), transaction.expiresAt - transaction.startedAt)
    },
    async take(key) {
      const sealed = cookies.read(nameOf(key))
      if (sealed === undefined) return undefined
      cookies.write(nameOf(key), '', 0)
      for (const secret of secrets) {
        const transaction = await open(secret, key, sealed)
        if (transaction) return transaction
      }
      return undefined
    },
  }
}

async function seal(secret: string, key: string, transaction: Transaction): Promise<string> {
  const iv = crypto.getRandomValues(new Uint8Array(12))
  const plain = new TextEncoder().encode(JSON.stringify(transaction))
  const sealed = await crypto.subtle.encrypt(cipher(iv, key), await deriveKey(secret), plain)
  return encodeBase64url(new Uint8Array([...iv, ...new Uint8Array(sealed)]))
}

async function open(secret: string, key: string, sealed: string): Promise<Transaction | undefined> {
  try {
    const bytes = decodeBase64url(sealed)
    const algorithm = cipher(bytes.slice(0, 12), key)
    const plain = await crypto.subtle.decrypt(algorithm, await deriveKey(secret), bytes.slice(12))
    const transaction: unknown = JSON.parse(new TextDecoder().decode(plain))
    // `as`: only who has the secret can have sealed it, and this file seals nothing else.
    return isObject(transaction) ? (transaction as unknown as Transaction) : undefined
  } catch {
    // Of another secret, of another login, or tampered with: all the same to the caller.
    return undefined
  }
}

/** The key of the transaction is bound in, so that the cookie of one login, or of one issuer, opens no other. CL-11. */
const cipher = (iv: Uint8Array<ArrayBuffer>, key: string): AesGcmParams => ({
  name: 'AES-GCM',
  iv,
  additionalData: new TextEncoder().encode(key),
})

async function deriveKey(secret: string): Promise<CryptoKey> {
  const material = await crypto.subtle.importKey('raw', new TextEncoder().encode(secret), 'HKDF', false, ['deriveKey'])
  const info = new TextEncoder().encode('scopewise login')
  const hkdf = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info }
  return crypto.subtle.deriveKey(hkdf, material, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])
}
