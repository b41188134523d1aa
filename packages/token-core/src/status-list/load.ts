import { openToken, type Profile } from '../claims/open.js'
import { invalidClaim, isText } from '../claims/rules.js'
import { refuseTimes } from '../claims/times.js'
import { decodeBase64url } from '../encoding/base64url.js'
import { decodeUtf8 } from '../encoding/utf8.js'
import { TokenError } from '../errors.js'
import { readBytes, within } from '../http/bounded.js'
import { isObject } from '../jwt/parse.js'
import { isNumericDate } from '../jwt/time.js'
import type { KeySource } from '../keys/key-source.js'
import { isStatusBits, type StatusBits } from './bits.js'
import { MAX_LIST_TOKEN_LENGTH } from './limits.js'
import { decompress } from './zlib.js'

/** A status list that was verified. Instants are epoch seconds. */
export interface LoadedList {
  readonly bits: StatusBits
  readonly bytes: Uint8Array
  /** Seconds. */
  readonly ttl: number | undefined
  readonly exp: number
}

/** How a list is loaded. */
export interface LoadOptions {
  readonly keys: KeySource
  readonly issuer: string
  readonly fetch: typeof globalThis.fetch
  /** Seconds for the whole exchange. */
  readonly timeout: number
  /** Bytes of a decompressed list. */
  readonly maxSize: number
  readonly now: () => number
}

interface ListClaims {
  readonly iat: number
  readonly exp?: number
  readonly ttl?: number
  readonly status_list: { readonly bits: StatusBits; readonly lst: string }
}

/** draft-ietf-oauth-status-list §5.1. */
const PROFILE: Profile = {
  types: ['statuslist+jwt'],
  maxLength: MAX_LIST_TOKEN_LENGTH,
  rules: {
    sub: ['required', isText],
    iat: ['required', isNumericDate],
    iss: ['optional', isText],
    exp: ['optional', isNumericDate],
    ttl: ['optional', (value) => isNumericDate(value) && value > 0],
    status_list: ['required', (value) => isObject(value) && isStatusBits(value['bits']) && isText(value['lst'])],
  },
}

/**
 * Fetches a list and verifies it. draft-ietf-oauth-status-list §8.3. No redirects; bounded in size, before and after it is
 * decompressed, and in time.
 * @throws {TokenError} for a list that is not one of this issuer for this URI and this moment
 */
export function loadList(uri: string, options: LoadOptions): Promise<LoadedList> {
  return within(options.timeout, async (signal) => {
    const { fetch, keys, issuer, maxSize, now } = options
    // A redirect could lead to a list of somebody else's. `error` is not known to every runtime.
    const response = await fetch(uri, { headers: { accept: 'application/statuslist+jwt' }, redirect: 'manual', signal })
    if (response.status !== 200) {
      await response.body?.cancel()
      throw new Error(`The status list answered with status ${response.status}.`)
    }
    const jwt = decodeUtf8(await readBytes(response.body, MAX_LIST_TOKEN_LENGTH)).trim()
    const parsed = await openToken(jwt, PROFILE, ({ iss = issuer }) => (iss === issuer ? keys : undefined))
    // Another list of the same issuer would have other statuses at the same index.
    if (parsed.claims['sub'] !== uri) throw invalidClaim('sub')
    // The profile's rules have looked at each of them.
    const { iat, exp = Number.POSITIVE_INFINITY, ttl, status_list } = parsed.claims as unknown as ListClaims
    const refusal = refuseTimes({ iat, exp }, now(), 60)
    if (refusal) throw new TokenError(refusal)
    const bytes = await decompress(decodeBase64url(status_list.lst), maxSize)
    return { bits: status_list.bits, bytes, ttl, exp }
  })
}
