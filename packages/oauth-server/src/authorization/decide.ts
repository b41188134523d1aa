import type { LoginReason, LoginResult } from '../config/login.js'
import type { Session } from '../storage/store.js'
import type { Seconds } from '../time.js'
import type { AuthorizationRequest } from './request.js'

/** What is known of the interaction in which a decision is made; undefined while nobody was asked yet. */
export interface Attempt {
  /** Marks the login that happened in this very interaction. */
  readonly attempt: string
  /** Somebody chose to sign in with another account. */
  readonly switching: boolean
}

/** What a request asks of the login. */
export type Demand = Pick<AuthorizationRequest, 'prompt' | 'maxAge' | 'acrValues' | 'hintDigest'>
type KnownSession = Pick<Session, 'authTime' | 'acr' | 'loginAttempt'> & { readonly subjectDigest: string }

/**
 * Why the user has to sign in before this request can go on, or undefined. OIDC Core §3.1.2.1 (prompt, max_age), §3.1.2.3.
 * A login made in this interaction satisfies every demand that a login can: it was checked when it happened, and asking again would loop.
 */
export function demandLogin(
  demand: Demand,
  session: KnownSession | undefined,
  attempt: Attempt | undefined,
  { acrValues, now }: { readonly acrValues: readonly string[]; readonly now: Seconds },
): LoginReason | undefined {
  if (!session) return 'no_session'
  if (attempt && session.loginAttempt === attempt.attempt) return undefined
  if (attempt?.switching) return 'switch_account'
  if (demand.hintDigest !== undefined && session.subjectDigest !== demand.hintDigest) return 'other_subject'
  if (demand.prompt.includes('login')) return 'prompt'
  if (demand.maxAge !== undefined && now - session.authTime >= demand.maxAge) return 'max_age'
  return demandsAcr(demand.acrValues, session.acr, acrValues) ? 'acr' : undefined
}

/** acr_values are voluntary: only what `login` can reach is worth asking for. OIDC Core §3.1.2.1. */
function demandsAcr(requested: readonly string[], acr: string | undefined, reachable: readonly string[]): boolean {
  return requested.some((value) => reachable.includes(value)) && !(acr !== undefined && requested.includes(acr))
}

export type LoginRefusal =
  | 'invalid_subject'
  | 'subject_is_client'
  | 'auth_time'
  | 'stale_login'
  | 'other_subject'
  | 'acr'

/** Checks what the login callback gave: a wrong answer ends the request, it never loops. OIDC Core §2, §3.1.2.1, RFC 9700 §4.15. */
export function refuseLogin(
  result: LoginResult & { readonly subjectDigest: string },
  demand: Demand,
  facts: {
    readonly reason: LoginReason
    readonly startedAt: Seconds
    readonly now: Seconds
    readonly acrValues: readonly string[]
    /** Whether the subject is the clientId of a client, too. */
    readonly isClient: boolean
  },
): LoginRefusal | undefined {
  const { now, startedAt, reason } = facts
  if (!/^[\x20-\x7e]{1,255}$/.test(result.subject)) return 'invalid_subject'
  if (facts.isClient) return 'subject_is_client'
  const authTime = result.authTime ?? now
  if (!Number.isInteger(authTime) || authTime < 0 || authTime > now) return 'auth_time'
  const mustBeNew = demand.prompt.includes('login') || reason === 'switch_account'
  if (mustBeNew && authTime < startedAt) return 'stale_login'
  // A login since the interaction began is as fresh as can be, whatever max_age says.
  if (demand.maxAge !== undefined && authTime < startedAt && now - authTime >= demand.maxAge) return 'stale_login'
  if (demand.hintDigest !== undefined && reason !== 'switch_account' && result.subjectDigest !== demand.hintDigest)
    return 'other_subject'
  return demandsAcr(demand.acrValues, result.acr, facts.acrValues) ? 'acr' : undefined
}

export interface ConsentQuestion {
  readonly prompt: AuthorizationRequest['prompt']
  /** Whether it is known who the client is, and not only who it says it is. */
  readonly isAssured: boolean
  /** What this account may grant of what was requested. */
  readonly allowed: readonly string[]
  readonly refused: readonly string[]
  /** What it granted this client before. */
  readonly remembered: ReadonlySet<string>
  /** Whether the user chose the account in this very interaction. */
  readonly justSignedIn: boolean
}

export type ConsentDecision = 'issue' | 'ask' | 'consent_required' | 'access_denied'

/** Decides whether the user has to be asked. OIDC Core §3.1.2.4, OAuth 2.1 §7.3.1. */
export function decideConsent({
  prompt,
  isAssured,
  allowed,
  refused,
  remembered,
  justSignedIn,
}: ConsentQuestion): ConsentDecision {
  const silent = prompt.includes('none')
  if (silent && allowed.length === 0) return 'access_denied'
  // Where anybody can claim to be this client, what it was granted before says nothing.
  const known = isAssured && allowed.every((value) => remembered.has(value))
  if (silent) return known ? 'issue' : 'consent_required'
  if (prompt.includes('consent') || (prompt.includes('select_account') && !justSignedIn)) return 'ask'
  // What this account can't grant is shown, since another account might.
  return known && refused.length === 0 ? 'issue' : 'ask'
}
