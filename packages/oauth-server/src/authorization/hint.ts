import { verifyIdTokenHint } from '@scopewise/token-core'
import type { Context } from '../context.js'
import type { AuthorizationRequest, RequestRefusal } from './request.js'
import { subjectDigest } from './subject-digest.js'

/** OIDC Core §3.1.2.1: a hint counts only when this server signed it for this client. */
export async function readHint(
  context: Context,
  authorization: AuthorizationRequest,
  hint: string | undefined,
): Promise<AuthorizationRequest | RequestRefusal> {
  if (hint === undefined) return authorization
  const { config, issuers, secrets } = context
  try {
    const { sub, aud } = await verifyIdTokenHint(hint, { issuer: config.issuer, keys: issuers.publicKeys })
    if ([aud].flat().includes(authorization.clientId))
      return { ...authorization, hintDigest: await subjectDigest(secrets, sub) }
  } catch {
    // Answered below: why a hint is wrong is nobody's business.
  }
  return { error: 'invalid_request', description: 'The id_token_hint is not valid.' }
}
