import { parseScope } from '@scopewise/token-core/scope'
import { isObject } from '../http/json.js'

/** A token response, parsed. OAuth 2.1 §3.2.3. */
export interface TokenResponse {
  readonly accessToken: string
  readonly expiresIn: number | undefined
  readonly refreshToken: string | undefined
  readonly idToken: string | undefined
  /** Undefined when the server said nothing, which means: as asked for. An empty text grants nothing. */
  readonly scope: readonly string[] | undefined
}

/** Reads a token response; a string names the part of it that is missing or malformed. Pure. */
export function parseTokenResponse(json: unknown, tokenType: string): TokenResponse | string {
  if (!isObject(json)) return 'JSON object, sent as application/json'
  const { access_token, token_type, expires_in, refresh_token, id_token, scope } = json
  if (!isToken(access_token)) return 'access_token'
  // RFC 6749 §7.1: a client must not use a token of another type; with DPoP a Bearer token is one that a thief could use, too.
  if (typeof token_type !== 'string' || token_type.toLowerCase() !== tokenType)
    return `token_type: it must be ${tokenType}`
  if (expires_in !== undefined && !isLifetime(expires_in)) return 'expires_in'
  if (refresh_token !== undefined && !isToken(refresh_token)) return 'refresh_token'
  if (id_token !== undefined && !isToken(id_token)) return 'id_token'
  const granted = scope === undefined ? undefined : parseGranted(scope)
  if (typeof granted === 'string') return granted
  return {
    accessToken: access_token,
    expiresIn: expires_in,
    refreshToken: refresh_token,
    idToken: id_token,
    scope: granted,
  }
}

// RFC 6749 appendix A.12: VSCHAR; and without a space, since it goes into a header.
const isToken = (value: unknown): value is string => typeof value === 'string' && /^[\x21-\x7e]+$/.test(value)

const isLifetime = (value: unknown): value is number => typeof value === 'number' && value >= 0 && value < 1e10

function parseGranted(value: unknown): readonly string[] | string {
  try {
    if (typeof value === 'string') return parseScope(value)
  } catch {
    // Answered below: the sentence is the same.
  }
  return 'scope'
}
