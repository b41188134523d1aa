import { copyText } from '../encoding/utf8.js'
import { TokenError } from '../errors.js'
import { type Awaitable, chain, isPending } from '../jwt/awaitable.js'
import { type CompactJwt, type JwtHeader, readClaims, readHeader, readSignature, splitJwt } from '../jwt/parse.js'
import { checkAlgorithm } from '../keys/key-set.js'
import type { KeyAccess, KeySource } from '../keys/key-source.js'
import type { VerificationKey } from '../keys/verification-key.js'
import { createAccept, heed } from './accept.js'
import type { TokenCache } from './cache.js'
import type { AccessTokenType } from './define.js'
import type { AccessTokenClaims, VerifiedAccessToken } from './verified.js'

/** What a token is held against. */
export interface CheckOptions<S extends string, C> {
  readonly token: AccessTokenType<S, C>
  readonly audience: string
  /** By exact `iss`. A Map, because the name looked up comes from a token. */
  readonly issuers: ReadonlyMap<string, KeySource>
  readonly clockTolerance: number
  readonly now: () => number
  readonly revoked?: ((claims: AccessTokenClaims<C>) => boolean | PromiseLike<boolean>) | undefined
  readonly cache?: TokenCache | undefined
}

/** Checks all that is to be checked about a token itself. Answers at once where keys, schema and hook do. */
export type Check<S extends string, C> = (jwt: string, access: KeyAccess) => Awaitable<VerifiedAccessToken<C, S>>

/** A token that was accepted, with what it takes to ask again all that can change. */
export interface Accepted<S extends string, C> {
  readonly verified: VerifiedAccessToken<C, S>
  readonly keys: KeySource
  readonly header: JwtHeader
  readonly key: VerificationKey
}

/** Accepts a token, or throws. The hook is not asked here. */
export type Accept<S extends string, C> = (jwt: string, access: KeyAccess) => Awaitable<Accepted<S, C>>

/** Headers recur in all tokens of an issuer; this many are worth remembering. */
const MAX_REMEMBERED = 1000

/**
 * Makes the one path that every token takes, waiting or not. RFC 9068 §4, RFC 8725 §3. The token is read strictly before
 * any key is touched; then issuer, key, signature, claims, audience and times, the schema, and last the hook.
 */
export function createCheck<S extends string, C>(options: CheckOptions<S, C>): Check<S, C> {
  const { token, audience, issuers, clockTolerance, now, revoked, cache } = options
  // Of tokens that were verified only, so that nobody else can fill it.
  const headers = new Map<string, JwtHeader>()
  const judge = createAccept({ token, audience, clockTolerance, now })

  function acceptAnew(jwt: string, access: KeyAccess): Awaitable<Accepted<S, C>> {
    const compact = splitJwt(jwt)
    const known = headers.get(compact.head)
    const header = known ?? readHeader(compact)
    const claims = readClaims(compact)
    const { signed, signature } = readSignature(compact)
    if (!known) checkHeader(header)
    const keys = typeof claims['iss'] === 'string' ? issuers.get(claims['iss']) : undefined
    if (!keys) throw new TokenError('wrong_issuer')
    return chain(access.findKey(keys, header), (key) =>
      chain(access.isSigned(key, signed, signature), (isSigned) => {
        if (!isSigned) throw new TokenError('bad_signature')
        if (!known) remember(headers, compact, header)
        return chain(judge(claims), (verified) => ({ verified, keys, header, key }))
      }),
    )
  }

  function askHook({ verified }: Accepted<S, C>): Awaitable<VerifiedAccessToken<C, S>> {
    if (!revoked) return verified
    const answer = revoked(verified.claims)
    return isPending(answer) ? Promise.resolve(answer).then((late) => heed(late, verified)) : heed(answer, verified)
  }

  const accept = cache ? cache.remember(acceptAnew, options) : acceptAnew
  return (jwt, access) => chain(accept(jwt, access), askHook)
}

/** @throws {TokenError} `wrong_type`, `unsupported_alg` */
function checkHeader(header: JwtHeader): void {
  // RFC 9068 §4: an ID token, a logout token or an assertion must not pass for an access token.
  if (!isAccessTokenType(header.typ)) throw new TokenError('wrong_type')
  checkAlgorithm(header)
}

/** `at+jwt` and `application/at+jwt`, in any case. RFC 9068 §4, RFC 7515 §4.1.9. */
function isAccessTokenType(typ: string | undefined): boolean {
  return typ !== undefined && /^(?:application\/)?at\+jwt$/i.test(typ)
}

function remember(headers: Map<string, JwtHeader>, { head }: CompactJwt, header: JwtHeader): void {
  if (headers.size >= MAX_REMEMBERED) headers.clear()
  headers.set(copyText(head), header)
}
