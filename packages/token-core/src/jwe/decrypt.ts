import { decodeUtf8 } from '../encoding/utf8.js'
import { TokenError } from '../errors.js'
import { parseJwt } from '../jwt/parse.js'
import { type DecryptionKey, MIN_COUNT } from './key.js'
import { type JweHeader, parseJweHeader } from './parse.js'

/** How tokens are decrypted. */
export interface DecryptOptions {
  /** One key, or several that are told apart by `kid` and algorithm. */
  readonly keys: DecryptionKey | readonly DecryptionKey[]
  /**
   * Bytes that compressed content (`zip`) may become, up to 250000. By default compressed content is refused: how long it
   * is tells about what is in it, and a small token becomes a large one. RFC 8725 §3.6.
   */
  readonly maxInflated?: number | undefined
}

/** A decrypted JWE. That it could be decrypted does not tell who made it. */
export interface DecryptedJwe {
  readonly header: JweHeader
  readonly plaintext: Uint8Array
}

const MAX_INFLATED = 250_000

/**
 * Decrypts a JWE in compact form. RFC 7516 §5.2. `alg` and `enc` must be the key's own; the header only picks among keys.
 * Who encrypted it is NOT known, whatever the algorithm of a public key: sign the content, and see {@link decryptJwt}.
 * @throws {TokenError} `malformed`, `unsupported_alg`, `unknown_key`, or `decryption_failed`, which says no more on purpose
 * @throws {TypeError} when `maxInflated` is not a number of bytes up to 250000
 */
export async function decryptJwe(jwe: string, { keys, maxInflated = 0 }: DecryptOptions): Promise<DecryptedJwe> {
  if (!(Number.isSafeInteger(maxInflated) && maxInflated >= 0 && maxInflated <= MAX_INFLATED))
    throw new TypeError(`maxInflated is a number of bytes, up to ${MAX_INFLATED}.`)
  const header = parseJweHeader(jwe)
  const key = selectKey('alg' in keys ? [keys] : keys, header)
  if (header.isCompressed && maxInflated === 0)
    throw new TokenError('unsupported_alg', { message: 'The token is compressed, which is not accepted here.' })
  // CVE-2022-36083: the count is the sender's, the time is ours.
  if (
    header.count !== undefined &&
    key.maxCount !== undefined &&
    !(header.count >= MIN_COUNT && header.count <= key.maxCount)
  )
    throw new TokenError('unsupported_alg', { message: 'The token asks for a number of rounds that is not accepted.' })
  try {
    return { header, plaintext: await key.decrypt(jwe, maxInflated) }
  } catch {
    // Neither the cause nor a difference between wrong key, wrong tag and wrong padding: each would answer questions.
    throw new TokenError('decryption_failed', { message: 'The token can not be decrypted with the keys at hand.' })
  }
}

/** The one key that fits. RFC 8725 §3.1: the key says which algorithms it is for. */
function selectKey(keys: readonly DecryptionKey[], { alg, enc, kid }: JweHeader): DecryptionKey {
  // A key without kid stands for any.
  const named = keys.filter((key) => kid === undefined || key.kid === undefined || key.kid === kid)
  if (named.length === 0) throw new TokenError('unknown_key', { message: 'No decryption key fits the token.' })
  const [key, ...others] = named.filter((one) => one.alg === alg && one.contentEncryption.some((name) => name === enc))
  if (!key)
    throw new TokenError('unsupported_alg', {
      message: 'The token is encrypted with an algorithm that its key is not for.',
    })
  if (others.length > 0)
    throw new TokenError('unknown_key', { message: 'More than one decryption key fits the token.' })
  return key
}

/**
 * Decrypts a nested token, one signed first and then encrypted, and gives the signed JWT in it. RFC 7519 §7.2 and
 * appendix A.2. An unsigned one is refused. The signature is NOT verified: give the result to a verifier.
 * @throws {TokenError} what {@link decryptJwe} throws; `malformed` also when the content is no signed JWT
 */
export async function decryptJwt(jwe: string, options: DecryptOptions): Promise<string> {
  const { header, plaintext } = await decryptJwe(jwe, options)
  // RFC 7519 §5.2: a nested token says so.
  if (header.cty?.toUpperCase() !== 'JWT')
    throw new TokenError('malformed', { message: 'The content of the token is not marked as a JWT.' })
  const jwt = decodeUtf8(plaintext)
  parseJwt(jwt)
  return jwt
}
