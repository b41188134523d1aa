import { isTokenError, type TokenError, type VerifiedAccessToken, type Verifier } from '@scopewise/token-core'
import { createIntrospectionVerifier } from '@scopewise/token-core/introspection'
import { claimsForScope } from '../config/oidc-scopes.js'
import type { Context } from '../context.js'
import { isOAuthError } from '../errors.js'
import { jsonResponse } from '../http/responses.js'
import { PATHS } from '../paths.js'
import { findLiveToken } from '../tokens/live-token.js'

/**
 * The userinfo endpoint: tells a client what the scope of its access token opens about the user. OIDC Core §5.3. Only a token
 * whose audience holds the issuer is accepted; RFC 6750 and RFC 9449 say how it is presented.
 */
export async function userinfo(request: Request, context: Context): Promise<Response> {
  const { config, url } = context
  try {
    const { method, headers } = request
    const { claims } = await verifierFor(context).authenticate({ method, headers, url: url(PATHS.userinfo) })
    const told = await describeUser(config, claims)
    const nonce = claims.cnf === undefined ? undefined : await context.dpop.userinfo.nonce()
    return jsonResponse(told, 200, nonce === undefined ? {} : { 'dpop-nonce': nonce })
  } catch (error) {
    if (!isTokenError(error)) throw error
    if (isOAuthError(error.cause)) throw error.cause
    return refused(error)
  }
}

async function describeUser(
  { userClaims }: Context['config'],
  { sub, client_id: clientId, scope: text = '' }: VerifiedAccessToken<unknown, string>['claims'],
): Promise<Readonly<Record<string, unknown>>> {
  const scope = text.split(' ')
  const known = await userClaims?.({ subject: sub, clientId, scope })
  // Last, so that no hook can tell another: the client compares it with the ID token. OIDC Core §5.3.2
  return { ...(known && claimsForScope(known, scope)), sub }
}

/** RFC 6750 §3.1. Without a token there is a challenge and no error. */
function refused({ code, message, status, headers }: TokenError): Response {
  const error = code in RESOURCE_ERRORS ? code : 'invalid_token'
  return jsonResponse(code === 'missing_token' ? {} : { error, error_description: message }, status, headers)
}

const RESOURCE_ERRORS = {
  invalid_request: true,
  invalid_dpop_proof: true,
  use_dpop_nonce: true,
  temporarily_unavailable: true,
}

const verifiers = new WeakMap<Context, Verifier<string, unknown>>()

/**
 * Userinfo is an API like any other: it reads schemes, proofs and audiences as APIs do, and asks about each token, opaque or
 * not, but without leaving the process.
 */
function verifierFor(context: Context): Verifier<string, unknown> {
  const known = verifiers.get(context)
  if (known) return known
  const { config, dpop, now, url } = context
  const verifier = createIntrospectionVerifier({
    // What APIs read in a token is not looked at here.
    token: { ...config.token, claims: undefined },
    audience: config.issuer,
    issuer: config.issuer,
    endpoint: url(PATHS.introspect),
    authenticate: () => undefined,
    fetch: (_, init) => answerFor(context, init?.body),
    dpop: dpop.userinfo,
    cache: { lifetime: 0 },
    now,
  })
  verifiers.set(context, verifier)
  return verifier
}

async function answerFor(context: Context, body: unknown): Promise<Response> {
  const token = new URLSearchParams(String(body)).get('token') ?? ''
  const live = await findLiveToken(context, token)
  return Response.json(live ? { active: true, ...live.claims } : { active: false })
}
