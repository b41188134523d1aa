import { invalidClaim } from '../claims/rules.js'
import { checkOwnClaims } from '../claims/schema.js'
import { refuseClaims } from '../claims/times.js'
import { TokenError } from '../errors.js'
import { type Awaitable, chain } from '../jwt/awaitable.js'
import { parseScope } from '../scope/values.js'
import { readOwn, readRegistered } from './claims.js'
import type { AccessTokenType } from './define.js'
import { createVerified, type GrantedScope, type VerifiedAccessToken } from './verified.js'

/** What claims are held against. */
interface AcceptOptions<S extends string, C> {
  readonly token: AccessTokenType<S, C>
  readonly audience: string
  readonly clockTolerance: number
  readonly now: () => number
}

/** Scopes recur in all tokens of an issuer; this many are worth remembering. */
const MAX_REMEMBERED = 1000

/**
 * Makes what turns claims that come from a trusted issuer, by its signature or by its own answer, into a verified token:
 * each claim, audience and times, the schema. RFC 9068 §4.
 */
export function createAccept<S extends string, C>({ token, audience, clockTolerance, now }: AcceptOptions<S, C>) {
  const readScope = createScopeReader(token)
  return (claims: Readonly<Record<string, unknown>>): Awaitable<VerifiedAccessToken<C, S>> => {
    const registered = readRegistered(claims)
    if ('invalid' in registered) throw invalidClaim(registered.invalid)
    const scope = readScope(registered.scope ?? '')
    if (!scope) throw invalidClaim('scope')
    const refusal = refuseClaims(registered, { audience, now: now(), clockTolerance })
    if (refusal) throw new TokenError(refusal)
    return chain(checkOwnClaims(token, token.claims ? readOwn(claims) : {}), (checked) => {
      if ('paths' in checked) throw new TokenError('invalid_claims')
      return createVerified(registered, checked.claims, scope)
    })
  }
}

/** What the hook said. An answer that is neither yes nor no must not let a token pass. */
export function heed<T>(answer: unknown, verified: T): T {
  if (answer === false) return verified
  if (answer === true) throw new TokenError('revoked')
  throw new TypeError('The hook `revoked` must answer true or false.')
}

/** Reads the scope of tokens. It answers undefined for what is no scope. */
function createScopeReader<S extends string>({ scopes }: Pick<AccessTokenType<S, unknown>, 'scopes'>) {
  const known = new Map<string, GrantedScope<S>>()
  return (text: string): GrantedScope<S> | undefined => {
    const granted = known.get(text)
    if (granted) return granted
    let values: readonly S[]
    try {
      values = Object.freeze(parseScope(text).filter((value) => scopes.has(value)))
    } catch {
      return undefined
    }
    const read = { values, closure: scopes.closure(values) }
    if (known.size >= MAX_REMEMBERED) known.clear()
    known.set(text, read)
    return read
  }
}
