import { isOidcScope, SERVER_SCOPES } from '../config/oidc-scopes.js'

type Resources = ReadonlyMap<string, ReadonlySet<string>>

/** What the choice depends on: a part of the configuration. */
export interface ResourceFacts {
  /** The identifier of this server's own resource, the userinfo endpoint. */
  readonly issuer: string
  readonly resources: Resources
  readonly defaultResource: string | undefined
}

/** The resources an authorization may be for, or why there are none. RFC 8707 §2, RFC 9068 §3. */
export type ResourceChoice =
  | { readonly resources: readonly string[] }
  | { readonly refusal: 'unknown_resource' | 'ambiguous_resource' | 'foreign_scope' }

/**
 * Decides which resources an authorization is for; without `resource` the default, else the only API that knows every
 * scope value, and with openid the userinfo endpoint too.
 */
export function chooseResources(
  requested: readonly string[],
  scope: readonly string[],
  facts: ResourceFacts,
): ResourceChoice {
  const { issuer, resources } = facts
  const chosen = requested.length > 0 ? [...new Set(requested)] : unnamedResources(scope, facts)
  if (!chosen) return { refusal: 'ambiguous_resource' }
  // RFC 8707 §2: only identifiers known byte for byte, which also leaves out relative ones and fragments.
  const isKnown = (resource: string) => resources.has(resource) || (resource === issuer && scope.includes('openid'))
  if (!chosen.every(isKnown)) return { refusal: 'unknown_resource' }
  const foreign = scope.some(
    (value) => !isOidcScope(value) && !chosen.some((resource) => resources.get(resource)?.has(value)),
  )
  return foreign ? { refusal: 'foreign_scope' } : { resources: chosen }
}

function unnamedResources(
  scope: readonly string[],
  { issuer, resources, defaultResource }: ResourceFacts,
): readonly string[] | undefined {
  const api = defaultResource ?? onlyOneFor(scope, resources)
  if (!scope.includes('openid')) return api === undefined ? undefined : [api]
  if (api !== undefined) return [api, issuer]
  // A sign-in alone needs no API, however many there are.
  return scope.every(isOidcScope) ? [issuer] : undefined
}

/** What one access token is for. */
export interface TokenTarget {
  /** The API, or this server itself for a token for userinfo alone. */
  readonly resource: string
  /** The resource, and the issuer where userinfo accepts the token as well. */
  readonly audience: readonly string[]
}

/**
 * The one API an access token is for: a token for several would be ambiguous. A request that names none gets a token that
 * userinfo accepts as well, where the authorization named none either. RFC 8707 §2.2, RFC 9068 §3, OIDC Core §5.3.
 */
export function chooseTokenTarget(
  requested: readonly string[],
  granted: readonly string[],
  scope: readonly string[],
  { issuer, resources }: Pick<ResourceFacts, 'issuer' | 'resources'>,
): TokenTarget | { readonly refusal: 'unknown_resource' | 'ambiguous_resource' } {
  if (requested.length > 1) return { refusal: 'ambiguous_resource' }
  const [asked] = requested
  if (asked !== undefined) {
    const isGranted = asked === issuer ? scope.includes('openid') : granted.includes(asked) && resources.has(asked)
    return isGranted ? { resource: asked, audience: [asked] } : { refusal: 'unknown_resource' }
  }
  const userinfo = granted.includes(issuer) && scope.includes('openid') ? [issuer] : []
  const candidates = new Map([...resources].filter(([resource]) => granted.includes(resource)))
  const [only] = candidates.size === 1 ? candidates.keys() : [onlyOneFor(scope, candidates)]
  if (only !== undefined) return { resource: only, audience: [only, ...userinfo] }
  if (candidates.size > 0) return { refusal: 'ambiguous_resource' }
  return userinfo.length > 0 ? { resource: issuer, audience: userinfo } : { refusal: 'unknown_resource' }
}

function onlyOneFor(scope: readonly string[], resources: Resources): string | undefined {
  const api = scope.filter((value) => !isOidcScope(value))
  const fitting = [...resources].filter(([, values]) => api.every((value) => values.has(value)))
  return fitting.length === 1 ? fitting[0]?.[0] : undefined
}

/** What an access token carries: only values that mean something where it is meant for. RFC 9068 §2.2.3. */
export function scopeForTarget(
  scope: readonly string[],
  { resource, audience }: TokenTarget,
  { issuer, resources }: Pick<ResourceFacts, 'issuer' | 'resources'>,
): readonly string[] {
  const isForUserinfo = (value: string) =>
    audience.includes(issuer) && isOidcScope(value) && (value === 'openid' || !SERVER_SCOPES.has(value))
  return scope.filter((value) => resources.get(resource)?.has(value) || isForUserinfo(value))
}

/** What the token response states: the access token's scope and what was granted at this server itself. */
export function scopeOfResponse(scope: readonly string[], resource: string, resources: Resources): readonly string[] {
  return scope.filter((value) => isOidcScope(value) || resources.get(resource)?.has(value))
}
