import { isCodeChallenge } from '@scopewise/token-core/pkce'
import { isScopeValue } from '@scopewise/token-core/scope'
import * as z from 'zod'
import { type Client, RESPONSE_MODES, type ResponseMode } from '../config/client.js'
import type { Config } from '../config/config.js'
import { canTakeForm } from '../config/redirect-uris.js'
import type { OAuthErrorCode } from '../errors.js'
import { type Parameters, repeatedParameter, single, toRecord } from '../http/parameters.js'
import type { Seconds } from '../time.js'
import { chooseResources } from '../tokens/resource.js'
import { matchRedirectUri } from './redirect-uri.js'
import type { ResponseAddress } from './response.js'

const PROMPTS = ['none', 'login', 'consent', 'select_account'] as const
export type Prompt = (typeof PROMPTS)[number]
export const promptValues: readonly Prompt[] = PROMPTS

/** An authorization request that holds: nothing in it has to be checked again. */
export interface AuthorizationRequest {
  readonly clientId: string
  readonly redirectUri: string
  readonly responseMode: ResponseMode
  readonly state: string | undefined
  readonly scope: readonly string[]
  readonly resources: readonly string[]
  readonly codeChallenge: string
  /** The key whose proof the redemption of the code needs. RFC 9449 §10 */
  readonly dpopJkt: string | undefined
  readonly nonce: string | undefined
  readonly prompt: readonly Prompt[]
  readonly maxAge: Seconds | undefined
  readonly acrValues: readonly string[]
  readonly loginHint: string | undefined
  readonly uiLocales: string | undefined
  /** Digest of the subject in a verified id_token_hint. */
  readonly hintDigest: string | undefined
}

/** Where an answer may go: known before anything else of a request is believed. */
export interface ResponseTarget extends ResponseAddress {
  readonly client: Client
  /** Undefined when there was none, or none that can be returned unmodified. */
  readonly state: string | undefined
}

export interface RequestRefusal {
  readonly error: OAuthErrorCode
  readonly description: string
}

const refuse = (error: OAuthErrorCode, description: string): RequestRefusal => ({ error, description })

// RFC 6749 appendix A.5: VSCHAR.
const STATE = /^[\x20-\x7e]+$/

/** Finds out where an answer may go, or why nowhere: such a request gets a page, never a redirect. OAuth 2.1 §4.1.2.1. */
export function parseTarget(
  parameters: Parameters,
  client: Client | undefined,
  needsRedirectUri: boolean,
): ResponseTarget | 'client_id' | 'redirect_uri' {
  if (!client?.grantTypes.has('authorization_code')) return 'client_id'
  const sent = parameters.get('redirect_uri')?.length ?? 0
  // OIDC Core §3.1.2.1: there the parameter is required.
  if (sent > 1 || (needsRedirectUri && sent === 0)) return 'redirect_uri'
  const redirectUri = matchRedirectUri(client, single(parameters, 'redirect_uri'))
  if (redirectUri === undefined) return 'redirect_uri'
  const state = single(parameters, 'state')
  return {
    client,
    redirectUri,
    // A client is told of a mode that is not its own by one that is.
    responseMode:
      responseModeOf(parameters, client, redirectUri) ?? (client.responseModes.has('query') ? 'query' : 'form_post'),
    state: state !== undefined && STATE.test(state) ? state : undefined,
    uiLocales: single(parameters, 'ui_locales'),
  }
}

/** Undefined for a mode that the client did not register, or that can't reach an app: a private-use scheme gets no forms. */
function responseModeOf(
  parameters: Parameters,
  { responseModes }: Client,
  redirectUri: string,
): ResponseMode | undefined {
  const requested = single(parameters, 'response_mode') ?? 'query'
  const mode = RESPONSE_MODES.find((known) => known === requested && responseModes.has(known))
  return mode === 'form_post' && !canTakeForm(redirectUri) ? undefined : mode
}

/** A SHA-256 thumbprint in base64url. RFC 7638 */
const JKT = /^[A-Za-z0-9_-]{43}$/

const spaceSeparated = z.string().transform((text) => text.split(' ').filter((value) => value !== ''))

const schema = z.object({
  state: z.string().regex(STATE).optional(),
  scope: z
    .string()
    .transform((text) => text.split(' '))
    .pipe(z.array(z.string().refine(isScopeValue)))
    .optional(),
  resource: z.array(z.string()).default([]),
  code_challenge: z.string().refine(isCodeChallenge),
  dpop_jkt: z.string().regex(JKT).optional(),
  // Control characters have no place in it, and databases cut a text at NUL.
  nonce: z
    .string()
    .regex(/^\P{Cc}+$/u)
    .optional(),
  prompt: spaceSeparated.pipe(z.array(z.enum(PROMPTS))).default([]),
  max_age: z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number)
    .optional(),
  acr_values: spaceSeparated.default([]),
  login_hint: z.string().max(256).optional(),
  ui_locales: z.string().max(100).optional(),
})

/** Checks all that a client may get wrong once it is known where to answer. OAuth 2.1 §4.1.1, OIDC Core §3.1.2.1. */
export function parseAuthorizationRequest(
  parameters: Parameters,
  target: ResponseTarget,
  config: Pick<Config, 'issuer' | 'resources' | 'defaultResource' | 'scopeValues'>,
): AuthorizationRequest | RequestRefusal {
  const { client, redirectUri, responseMode } = target
  const refusal = refuseProtocol(parameters, target)
  if (refusal) return refusal
  const result = schema.safeParse(toRecord(parameters))
  if (!result.success) {
    const name = String(result.error.issues[0]?.path[0] ?? 'request')
    return name === 'scope'
      ? refuse('invalid_scope', 'The scope is malformed.')
      : refuse('invalid_request', `The parameter ${name} is missing or malformed.`)
  }
  const parsed = result.data
  if (parsed.prompt.includes('none') && parsed.prompt.length > 1)
    return refuse('invalid_request', 'prompt=none stands alone.')
  const scope = requestedScope(parsed.scope, client, config.scopeValues)
  if (scope.length === 0) return refuse('invalid_scope', 'The scope holds nothing that this client may ask for.')
  const choice = chooseResources(parsed.resource, scope, config)
  if ('refusal' in choice) return RESOURCE_REFUSALS[choice.refusal]
  return {
    clientId: client.clientId,
    redirectUri,
    responseMode,
    state: parsed.state,
    scope,
    resources: choice.resources,
    codeChallenge: parsed.code_challenge,
    dpopJkt: parsed.dpop_jkt,
    nonce: parsed.nonce,
    prompt: parsed.prompt,
    maxAge: parsed.max_age,
    acrValues: parsed.acr_values,
    loginHint: parsed.login_hint,
    uiLocales: parsed.ui_locales,
    hintDigest: undefined,
  }
}

/** What is wrong with a resource, in the words of the wire. */
export const RESOURCE_REFUSALS = {
  unknown_resource: refuse('invalid_target', 'The resource is not known here.'),
  ambiguous_resource: refuse('invalid_target', 'The request has to name a resource.'),
  foreign_scope: refuse('invalid_scope', 'The scope does not belong to the resource.'),
} as const

/** What can be said before any value is read. */
function refuseProtocol(parameters: Parameters, { client, redirectUri }: ResponseTarget): RequestRefusal | undefined {
  if (repeatedParameter(parameters)) return refuse('invalid_request', 'A parameter stands more than once.')
  if (parameters.has('request')) return refuse('request_not_supported', 'Request objects are not supported.')
  if (parameters.has('request_uri')) return refuse('request_uri_not_supported', 'request_uri is not supported.')
  if (parameters.has('registration'))
    return refuse('registration_not_supported', 'The parameter registration is not supported.')
  const responseType = single(parameters, 'response_type')
  if (responseType === undefined) return refuse('invalid_request', 'The parameter response_type is missing.')
  if (responseType !== 'code') return refuse('unsupported_response_type', 'Only response_type=code is supported.')
  if (!responseModeOf(parameters, client, redirectUri))
    return refuse('invalid_request', 'The response_mode is not one of this client.')
  // RFC 7636 §4.3: an omitted method means plain, which is never accepted.
  if (single(parameters, 'code_challenge_method') !== 'S256')
    return refuse('invalid_request', 'PKCE with code_challenge_method=S256 is required.')
  return undefined
}

/**
 * The scope a request is about: what it asks for, else the default. Values that exist but that the client may not have,
 * and unknown values, make the request fail rather than shrink unseen. RFC 6749 §3.3.
 */
export function requestedScope(
  requested: readonly string[] | undefined,
  client: Client,
  known: readonly string[],
): readonly string[] {
  const scope = [...new Set(requested ?? client.defaultScope)]
  return scope.every((value) => known.includes(value) && client.scope.has(value)) ? scope : []
}
