import { narrowScope } from '@scopewise/token-core/scope'
import type { Config } from '../config/config.js'
import { isOidcScope, SERVER_SCOPES } from '../config/oidc-scopes.js'

interface Question {
  readonly subject: string
  readonly clientId: string
  readonly requested: readonly string[]
  readonly resources: readonly string[]
}

/** Asks the policy what this subject may grant: never more than was requested. openid and offline_access need no right. */
export async function allowedScope(
  { allow, resources }: Config,
  { subject, clientId, requested, resources: asked }: Question,
): Promise<readonly string[]> {
  if (!allow) return requested
  const allowed = new Set(requested.filter((value) => SERVER_SCOPES.has(value)))
  for (const resource of asked) {
    const relevant = requested.filter(
      (value) => !SERVER_SCOPES.has(value) && (isOidcScope(value) || resources.get(resource)?.has(value)),
    )
    const answer = relevant.length > 0 ? await allow({ subject, clientId, requested: relevant, resource }) : []
    for (const value of narrowScope(relevant, answer)) allowed.add(value)
  }
  return requested.filter((value) => allowed.has(value))
}
