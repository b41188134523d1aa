import { encodeBase64url } from '../encoding/base64url.js'
import { encodeUtf8 } from '../encoding/utf8.js'
import { currentTime } from '../jwt/time.js'

/** What {@link createDpopNonces} takes. */
export interface DpopNoncesOptions {
  /**
   * At least 32 bytes of randomness that all processes of this server share; text counts in UTF-8. The first one makes
   * nonces, all of them are accepted: to rotate, put the new one in front and drop the old one after two lifetimes.
   */
  readonly secrets: readonly (string | Uint8Array<ArrayBuffer>)[]
  /** Whose nonces they are, such as the issuer or the resource: nonces of one are refused by the other. */
  readonly audience: string
  /** Seconds after which there is a new nonce. One lives for one to two of them. @default 120 */
  readonly lifetime?: number | undefined
  /** Epoch seconds. */
  readonly now?: (() => number) | undefined
}

/** Nonces of one server. */
export interface DpopNonces {
  /** The nonce of the moment: the value for `DPoP-Nonce`. Send it with every response, and clients never have to ask twice. */
  current(): Promise<string>
  /** Whether the nonce is one of this server's, and the current or the previous one. */
  isValid(nonce: string): Promise<boolean>
}

/** Three are in use at a time. */
const MAX_WINDOWS = 16

/**
 * Creates nonces for DPoP that need no store: each is an HMAC over its window of time, so that every process with the
 * same secret makes and knows the same ones, and nobody else can guess the next. RFC 9449 §8, §9, §11.3.
 * @throws {TypeError} for no secret, one of less than 32 bytes, an empty audience, or a lifetime that is not positive
 */
export function createDpopNonces(options: DpopNoncesOptions): DpopNonces {
  const { secrets, audience, lifetime = 120, now = currentTime } = options
  const keys = secrets.map((secret) => (typeof secret === 'string' ? encodeUtf8(secret) : secret))
  if (keys.length === 0 || keys.some((key) => key.length < 32))
    throw new TypeError('createDpopNonces needs at least one secret, each of at least 32 bytes.')
  if (!audience)
    throw new TypeError('createDpopNonces needs an audience: the issuer or the resource that they are for.')
  if (!(Number.isSafeInteger(lifetime) && lifetime > 0))
    throw new TypeError('createDpopNonces needs a lifetime: a positive number of whole seconds.')

  // By window: made once, compared often. Only the windows around now are asked for.
  const known = new Map<number, Promise<readonly string[]>>()

  function ofWindow(window: number): Promise<readonly string[]> {
    const nonces = known.get(window) ?? Promise.all(keys.map((key) => deriveNonce(key, audience, window)))
    if (known.size > MAX_WINDOWS) known.clear()
    known.set(window, nonces)
    return nonces
  }
  const currentWindow = () => Math.floor(now() / lifetime)

  return Object.freeze({
    async current() {
      const [nonce = ''] = await ofWindow(currentWindow())
      return nonce
    },
    async isValid(nonce: string) {
      const window = currentWindow()
      // The next one too: the clock of the process that made it may be a little ahead.
      const nonces = await Promise.all([window, window - 1, window + 1].map(ofWindow))
      return nonces.flat().includes(nonce)
    },
  })
}

async function deriveNonce(secret: Uint8Array<ArrayBuffer>, audience: string, window: number): Promise<string> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('raw', secret, algorithm, false, ['sign'])
  const message = encodeUtf8(JSON.stringify(['scopewise DPoP nonce', audience, window]))
  return encodeBase64url(new Uint8Array(await crypto.subtle.sign('HMAC', key, message)))
}
