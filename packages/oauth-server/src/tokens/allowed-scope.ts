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
  // The issuer stands for userinfo. It is a question of its own only where no API is asked for.
  const apis = asked.filter((resource) => resources.has(resource))
  for (const resource of apis.length > 0 ? apis : [undefined]) {
    const mayHold = resource === undefined ? undefined : resources.get(resource)
    const relevant = requested.filter(
      (value) => !SERVER_SCOPES.has(value) && (isOidcScope(value) || mayHold?.has(value)),
    )
    const answer = relevant.length > 0 ? await allow({ subject, clientId, requested: relevant, resource }) : []
    for (const value of narrowScope(relevant, answer)) allowed.add(value)
  }
  return requested.filter((value) => allowed.has(value))
}
