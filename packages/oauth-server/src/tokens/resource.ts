import { isOidcScope } from '../config/oidc-scopes.js'

type Resources = ReadonlyMap<string, ReadonlySet<string>>

/** The resources an authorization may be for, or why there are none. RFC 8707 §2, RFC 9068 §3. */
export type ResourceChoice =
  | { readonly resources: readonly string[] }
  | { readonly refusal: 'unknown_resource' | 'ambiguous_resource' | 'foreign_scope' }

/** Decides which APIs an authorization is for; without `resource` the default, else the only API that knows every scope value. */
export function chooseResources(
  requested: readonly string[],
  scope: readonly string[],
  { resources, defaultResource }: { readonly resources: Resources; readonly defaultResource: string | undefined },
): ResourceChoice {
  const chosen =
    requested.length > 0
      ? [...new Set(requested)]
      : defaultResource === undefined
        ? onlyOneFor(scope, resources)
        : [defaultResource]
  if (!chosen) return { refusal: 'ambiguous_resource' }
  // RFC 8707 §2: only identifiers known byte for byte, which also leaves out relative ones and fragments.
  if (chosen.some((resource) => !resources.has(resource))) return { refusal: 'unknown_resource' }
  const foreign = scope.some(
    (value) => !isOidcScope(value) && !chosen.some((resource) => resources.get(resource)?.has(value)),
  )
  return foreign ? { refusal: 'foreign_scope' } : { resources: chosen }
}

/** The one resource an access token is for: a token for several would be ambiguous. RFC 8707 §2.2, RFC 9068 §3. */
export function chooseTokenResource(
  requested: readonly string[],
  granted: readonly string[],
  scope: readonly string[],
  resources: Resources,
): { readonly resource: string } | { readonly refusal: 'unknown_resource' | 'ambiguous_resource' } {
  if (requested.length > 1) return { refusal: 'ambiguous_resource' }
  const [asked] = requested
  if (asked !== undefined)
    return granted.includes(asked) && resources.has(asked) ? { resource: asked } : { refusal: 'unknown_resource' }
  const candidates = new Map([...resources].filter(([resource]) => granted.includes(resource)))
  if (candidates.size === 0) return { refusal: 'unknown_resource' }
  const only = candidates.size === 1 ? [...candidates.keys()] : onlyOneFor(scope, candidates)
  return only?.[0] === undefined ? { refusal: 'ambiguous_resource' } : { resource: only[0] }
}

function onlyOneFor(scope: readonly string[], resources: Resources): readonly string[] | undefined {
  const api = scope.filter((value) => !isOidcScope(value))
  const fitting = [...resources].filter(([, values]) => api.every((value) => values.has(value)))
  return fitting.length === 1 ? fitting.map(([resource]) => resource) : undefined
}

/** What an access token for this resource carries: only values that mean something there. RFC 9068 §2.2.3. */
export function scopeForResource(scope: readonly string[], resource: string, resources: Resources): readonly string[] {
  return scope.filter((value) => resources.get(resource)?.has(value))
}

/** What the token response states: the access token's scope and what was granted at this server itself. */
export function scopeOfResponse(scope: readonly string[], resource: string, resources: Resources): readonly string[] {
  return scope.filter((value) => isOidcScope(value) || resources.get(resource)?.has(value))
}
