/** What a token holds, as far as schemas demand it. */
import { parseScope } from '@scopewise/token-core/scope'
import type { Rule } from '../directive.js'
import type { ReadClaim, Settings } from '../options.js'
import type { AnyToken } from '../policy.js'
import { isClauseMet } from '../requirement.js'

/** What a token holds. */
export interface Holder {
  /** The closure of the granted scope values. */
  readonly scope: ReadonlySet<string>
  readonly roles: ReadonlySet<string>
  readonly acr: string | undefined
  /** Epoch seconds. */
  readonly authTime: number | undefined
  /** A client's own token: nobody signed in. RFC 9068 §5. */
  readonly isClient: boolean
  /** The marks of needs that this token meets at any time. */
  readonly meets: WeakSet<object>
}

type Reader = Pick<Settings, 'scopes' | 'readScope' | 'readRoles'>

/** What is read of a token. */
type Held = Pick<AnyToken, 'scope'> & Partial<Pick<AnyToken, 'isClient'>> & { readonly claims?: object }

/** Reads a token. */
export function holderOf(token: Held, { scopes, readScope, readRoles }: Reader): Holder {
  // The claims of a verified token, of which the registered ones were checked.
  const claims = (token.claims ?? {}) as Partial<AnyToken['claims']> & Readonly<Record<string, unknown>>
  const granted = readScope ? readList(readScope, claims) : token.scope
  return {
    scope: scopes.closure(granted.filter((value) => scopes.has(value))),
    roles: new Set(readList(readRoles, claims)),
    acr: claims.acr,
    authTime: claims.auth_time,
    isClient: token.isClient ?? false,
    meets: new WeakSet(),
  }
}

/** A list of strings, or a string with spaces. Whatever else it is, it grants nothing. */
function readList(read: ReadClaim, claims: Readonly<Record<string, unknown>>): readonly string[] {
  try {
    const value = read(claims)
    if (typeof value === 'string') return parseScope(value)
    return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : []
  } catch {
    return []
  }
}

/** Whether the scope part of a rule is met. */
export const hasScope = ({ clause }: Rule, { scope }: Holder): boolean =>
  clause === undefined || isClauseMet(clause, scope)

/** Whether the token carries one of the roles of a rule. */
export const hasRole = ({ roles }: Rule, holder: Holder): boolean =>
  roles === undefined || roles.some((role) => holder.roles.has(role))

/**
 * Whether the sign-in is strong and recent enough for a rule. RFC 9470 §4.
 * @param now epoch seconds
 */
export function hasAuthentication({ acr, maxAge }: Rule, { acr: held, authTime }: Holder, now: number): boolean {
  if (acr !== undefined && (held === undefined || !acr.includes(held))) return false
  return maxAge === undefined || (authTime !== undefined && now - authTime <= maxAge)
}

/** Whether all of a rule but its policies is met. */
export function isRuleMet(rule: Rule, holder: Holder, now: number): boolean {
  return hasScope(rule, holder) && hasRole(rule, holder) && hasAuthentication(rule, holder, now)
}
