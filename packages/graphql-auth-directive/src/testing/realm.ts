/** A real issuer and verifier for tests, with keys of their own. */
import {
  type AccessTokenType,
  createIssuer,
  createVerifier,
  defineAccessToken,
  generatePrivateJwk,
  importSigningKey,
  localKeys,
  type NoClaims,
  type Scopes,
  type VerifiedAccessToken,
  type Verifier,
} from '@scopewise/token-core'

const ISSUER = 'https://auth.example'
const AUDIENCE = 'https://api.example/graphql'
export const RESOURCE_METADATA = 'https://api.example/.well-known/oauth-protected-resource/graphql'

const signingKey = generatePrivateJwk('ES256').then(importSigningKey)

export interface Realm<S extends string> {
  readonly token: AccessTokenType<S, NoClaims>
  readonly verifier: Verifier<S, NoClaims>
  /** A token as it travels. */
  issue(scope: readonly S[], options?: { subject?: string; clientId?: string; lifetime?: number }): Promise<string>
  /** A token as a server has it after verification. */
  verified(scope: readonly S[], subject?: string): Promise<VerifiedAccessToken<NoClaims, S>>
}

export async function createRealm<S extends string>(
  scopes: Scopes<S>,
  now: () => number = () => Date.now() / 1000,
): Promise<Realm<S>> {
  const token = defineAccessToken({ scopes, lifetime: 600 })
  const key = await signingKey
  const issuer = createIssuer({ token, issuer: ISSUER, keys: key, now })
  const verifier = createVerifier({
    token,
    audience: AUDIENCE,
    issuers: { [ISSUER]: localKeys({ keys: [key.publicJwk] }) },
    resourceMetadata: RESOURCE_METADATA,
    now,
  })
  const issue: Realm<S>['issue'] = (scope, { subject = 'alice', clientId = 'web', lifetime } = {}) =>
    issuer.issue({ subject, clientId, audience: AUDIENCE, scope, claims: {}, lifetime })
  return {
    token,
    verifier,
    issue,
    verified: async (scope, subject = 'alice') => verifier.verify(await issue(scope, { subject })),
  }
}
