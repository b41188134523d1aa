import { createMac, decodeBase64url, encodeBase64url, type Mac } from '@scopewise/token-core/encoding'

/** What each derived key is for. A key of one purpose is useless for another. */
type Purpose =
  | 'signing-keys'
  | 'interaction'
  | 'errand'
  | 'sign-out'
  | 'form-ticket'
  | 'user-code'
  | 'rt-successor'
  | 'subject-digest'
  | 'limits'
  | 'dpop-nonce'

/** Keys derived from the configured secrets. The first secret makes new values, all of them read old ones. */
export interface Secrets {
  /** Names the current secret; not secret itself. */
  readonly kid: string
  /** HMAC-SHA-256; undefined when no configured secret has this key ID. */
  mac(purpose: Purpose, message: Uint8Array<ArrayBuffer>, kid?: string): Promise<Uint8Array<ArrayBuffer> | undefined>
  /** 32 bytes from each secret, the current one first: for what makes its own keys. */
  bytes(purpose: Purpose): Promise<readonly Uint8Array<ArrayBuffer>[]>
  /** AES-256-GCM with a random nonce: `kid.base64url`. */
  seal(purpose: Purpose, plaintext: string, associatedData: string): Promise<string>
  /** Undefined for anything that was not sealed with the same purpose, associated data and one of the secrets. */
  open(purpose: Purpose, sealed: string, associatedData: string): Promise<string | undefined>
}

const NONCE_BYTES = 12
const encoder = new TextEncoder()

/** Derives every key of a server with HKDF-SHA-256. RFC 5869. */
export async function deriveSecrets(secrets: readonly [string, ...string[]]): Promise<Secrets> {
  const roots = new Map<string, CryptoKey>()
  for (const secret of secrets) {
    const root = await crypto.subtle.importKey('raw', encoder.encode(secret), 'HKDF', false, [
      'deriveKey',
      'deriveBits',
    ])
    roots.set(await keyId(root), root)
  }
  const kid = [...roots.keys()][0] ?? ''
  const keyFor = derivedOnce(roots, deriveKey)
  const macFor = derivedOnce(roots, deriveMac)

  return {
    kid,
    async mac(purpose, message, id = kid) {
      const mac = await macFor(id, purpose)
      return mac?.(message)
    },
    bytes: (purpose) => Promise.all([...roots.values()].map((root) => deriveBytes(root, purpose))),
    async seal(purpose, plaintext, associatedData) {
      const key = await keyFor(kid, purpose)
      if (!key) throw new TypeError('no current secret')
      const iv = crypto.getRandomValues(new Uint8Array(NONCE_BYTES))
      const sealed = await crypto.subtle.encrypt(gcm(iv, associatedData), key, encoder.encode(plaintext))
      const bytes = new Uint8Array(NONCE_BYTES + sealed.byteLength)
      bytes.set(iv)
      bytes.set(new Uint8Array(sealed), NONCE_BYTES)
      return `${kid}.${encodeBase64url(bytes)}`
    },
    async open(purpose, sealed, associatedData) {
      const [id = '', text = '', ...rest] = sealed.split('.')
      const key = await keyFor(id, purpose)
      if (!key || rest.length > 0) return undefined
      try {
        const bytes = Uint8Array.from(decodeBase64url(text))
        const plain = await crypto.subtle.decrypt(
          gcm(bytes.subarray(0, NONCE_BYTES), associatedData),
          key,
          bytes.subarray(NONCE_BYTES),
        )
        return new TextDecoder('utf-8', { fatal: true }).decode(plain)
      } catch {
        return undefined
      }
    },
  }
}

/** 256 bits. */
async function deriveBytes(root: CryptoKey, purpose: Purpose): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.deriveBits(hkdf(purpose), root, 256))
}

const gcm = (iv: Uint8Array<ArrayBuffer>, associatedData: string) => ({
  name: 'AES-GCM',
  iv,
  additionalData: encoder.encode(associatedData),
})

const hkdf = (info: string) => ({
  name: 'HKDF',
  hash: 'SHA-256',
  salt: encoder.encode('scopewise oauth-server'),
  info: encoder.encode(info),
})

async function keyId(root: CryptoKey): Promise<string> {
  return encodeBase64url(new Uint8Array(await crypto.subtle.deriveBits(hkdf('key id'), root, 64)))
}

function deriveKey(root: CryptoKey, purpose: Purpose): Promise<CryptoKey> {
  return crypto.subtle.deriveKey(hkdf(purpose), root, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])
}

async function deriveMac(root: CryptoKey, purpose: Purpose): Promise<Mac> {
  return createMac(await deriveBytes(root, purpose))
}

/** Derives what is asked for when it is asked for first; undefined for the key ID of no configured secret. */
function derivedOnce<T>(
  roots: ReadonlyMap<string, CryptoKey>,
  derive: (root: CryptoKey, purpose: Purpose) => Promise<T>,
): (kid: string, purpose: Purpose) => Promise<T> | undefined {
  const derived = new Map<string, Promise<T>>()
  return (kid, purpose) => {
    const name = `${kid} ${purpose}`
    const known = derived.get(name)
    const root = roots.get(kid)
    if (known || !root) return known
    const value = derive(root, purpose)
    derived.set(name, value)
    return value
  }
}
