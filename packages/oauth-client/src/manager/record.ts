import type { OAuthClient, TokenNeed } from '../client/client.js'
import { isObject } from '../http/json.js'
import type { Tokens } from '../token-endpoint/tokens.js'

/** The key of the tokens that a caller without a wish gets. */
export const WHOLE = ''

/** What is kept of one grant, as JSON. */
export interface GrantRecord {
  /** Tokens by (resource, scope). The refresh token stays with the whole grant, and only there. */
  readonly held: Readonly<Record<string, Tokens>>
  /** There from before the refresh token is sent until the answer is kept: who finds it knows that it may have been used. CL-07. */
  readonly pending?: Pending | undefined
}

export interface Pending {
  /** When the refresh token was first sent, epoch seconds. */
  readonly sentAt: number
  /** Until when the sender may still be waiting for the answer, epoch seconds. */
  readonly until: number
  /** How often the refresh token was sent. */
  readonly tries: number
  /** The answer is known to be lost; else somebody may still be waiting for it. */
  readonly isLost?: boolean | undefined
}

/** @throws {SyntaxError} for what is no record. Pure. */
export function parseRecord(value: string): GrantRecord {
  const record: unknown = JSON.parse(value)
  // `as`: what stands in the store was written by a manager; held is what tells its records from other JSON.
  if (isObject(record) && isObject(record['held'])) return record as unknown as GrantRecord
  throw new SyntaxError('not a grant')
}

/** The key of a wish; a wish for all that was granted is none. Pure. */
export function keyOf(need: TokenNeed, whole: Tokens | undefined, ownResource: string | undefined): string {
  const resource = need.resource === ownResource ? undefined : need.resource
  const scope = need.scope && [...new Set(need.scope)].sort()
  const isAll = !scope || (whole?.scope.length === scope.length && whole.scope.every((value) => scope.includes(value)))
  return isAll && resource === undefined ? WHOLE : JSON.stringify([resource, isAll ? undefined : scope])
}

/** The record after a request brought `tokens`; what has expired goes. Pure. */
export function keep(record: GrantRecord | undefined, key: string, tokens: Tokens, now: number): GrantRecord {
  const held = Object.fromEntries(
    Object.entries(record?.held ?? {}).filter(
      ([other, { expiresAt = Number.POSITIVE_INFINITY }]) => other === WHOLE || expiresAt > now,
    ),
  )
  const whole = held[WHOLE]
  if (key === WHOLE || !whole) return { held: { ...held, [key]: tokens } }
  const { refreshToken = whole.refreshToken, ...narrowed } = tokens
  return {
    held: { ...held, [WHOLE]: { ...whole, ...(refreshToken !== undefined && { refreshToken }) }, [key]: narrowed },
  }
}

/** The values of the scope that were not granted, by all that the granted ones imply. Pure. */
export function missingScope<V extends string>(
  { scopes }: Pick<OAuthClient, 'scopes'>,
  granted: readonly string[],
  demanded: readonly V[] = [],
): readonly V[] {
  const all: ReadonlySet<string> = scopes?.closure(granted) ?? new Set(granted)
  return demanded.filter((value) => !all.has(value))
}

/** Tokens are renewed in the last tenth of their life, at most this many seconds early. */
const EARLY = 60

/**
 * Whether tokens serve as they are, serve but should be renewed, or are over. Renewed up to `EARLY` seconds early, half of that by
 * lot, so that a fleet that started together does not come back together. Pure.
 *
 * @param lot between 0 and 1
 */
export function freshness({ expiresAt, obtainedAt }: Tokens, now: number, lot: number): 'fresh' | 'due' | 'expired' {
  if (expiresAt === undefined) return 'fresh'
  if (now >= expiresAt) return 'expired'
  const early = Math.min(EARLY, (expiresAt - obtainedAt) / 10)
  return now >= expiresAt - (early * (1 + lot)) / 2 ? 'due' : 'fresh'
}
