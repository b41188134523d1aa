import { checkLifetime } from '../claims/lifetime.js'
import { encodeBase64url } from '../encoding/base64url.js'
import { signJwt } from '../jwt/sign.js'
import { currentTime } from '../jwt/time.js'
import { checkIssuer } from '../jwt/url.js'
import { pickSigningKey, type SigningKeys } from '../keys/signing-key.js'
import { isStatusBits, packStatuses, type StatusBits } from './bits.js'
import { MAX_LIST_TOKEN_LENGTH } from './limits.js'
import { compress } from './zlib.js'

/** What {@link createStatusListIssuer} takes. */
export interface StatusListIssuerOptions {
  /** The issuer of the tokens that the lists are about. */
  readonly issuer: string
  readonly keys: SigningKeys
  /** Seconds after which a list is no longer valid. @default 86400 */
  readonly lifetime?: number | undefined
  /** Seconds for which a verifier may keep a list: how long a revocation can take to arrive. @default 300 */
  readonly ttl?: number | undefined
  /** Epoch seconds. */
  readonly now?: (() => number) | undefined
}

/** One list at one moment. */
export interface StatusList {
  /** Where the list is published: the tokens name this very URI. */
  readonly uri: string
  /** @default 1 */
  readonly bits?: StatusBits | undefined
  /** By index: 0 is valid, 1 invalid, 2 suspended. */
  readonly statuses: ArrayLike<number>
}

/** Issues status list tokens. */
export interface StatusListIssuer {
  /**
   * Issues the token to be served at the list's URI as `application/statuslist+jwt`.
   * draft-ietf-oauth-status-list §5.1.
   * @throws {TypeError} for a status that the bits can't hold
   */
  issue(list: StatusList): Promise<string>
}

/**
 * Creates an issuer of status lists.
 * @throws {TypeError} when the issuer is not an https URL, or a number is no positive number of whole seconds
 */
export function createStatusListIssuer(options: StatusListIssuerOptions): StatusListIssuer {
  const { issuer, keys, lifetime = 86_400, ttl = 300, now = currentTime } = options
  checkIssuer(issuer, 'createStatusListIssuer')
  checkLifetime(lifetime)
  checkLifetime(ttl)
  return {
    async issue({ uri, bits = 1, statuses }) {
      if (!isStatusBits(bits)) throw new TypeError('A status has 1, 2, 4 or 8 bits.')
      const lst = encodeBase64url(await compress(packStatuses(statuses, bits)))
      const issuedAt = Math.floor(now())
      const claims = { iss: issuer, sub: uri, iat: issuedAt, exp: issuedAt + lifetime, ttl, status_list: { bits, lst } }
      const key = await pickSigningKey(keys)
      return signJwt({ typ: 'statuslist+jwt', key, claims, maxLength: MAX_LIST_TOKEN_LENGTH })
    },
  }
}
