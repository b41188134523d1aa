import * as z from 'zod'
import {
  type Client,
  type ClientOptions,
  type ClientSource,
  DEFAULT_RESPONSE_MODES,
  type GrantType,
  RESPONSE_MODES,
} from '../config/client.js'
import { type ClientRules, readClient } from '../config/clients.js'
import { describeIssue } from '../config/describe-issue.js'
import { isForDevice, refuseRedirectUri } from '../config/redirect-uris.js'
import { clientSchema } from '../config/schema.js'
import { OAuthError } from '../errors.js'

/** What a client that describes itself may ask for. Nobody vouches for it, so it acts for users that allow it, and never for itself. */
const SELF_DESCRIBED_GRANTS: readonly GrantType[] = ['authorization_code', 'refresh_token']

const text = z.string().min(1).max(200)
/** Shown to people as a link: https and nothing else. */
const webUri = z
  .string()
  .max(2048)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  .refine((value) => !/[\u0000-\u0020\u007f-\uffff"<>\\^`{|}]/.test(value) && URL.canParse(value))
  .refine((value) => new URL(value).protocol === 'https:')
const uris = z.array(z.string().max(2048)).max(50)

/** Client metadata in the words of the wire. RFC 7591 §2. What is not named here is ignored. */
const metadataSchema = z.object({
  redirect_uris: uris.optional(),
  post_logout_redirect_uris: uris.optional(), // RP-Initiated Logout §3.1
  token_endpoint_auth_method: text.optional(),
  jwks: z.looseObject({ keys: z.array(z.looseObject({})).max(20) }).optional(),
  jwks_uri: webUri.optional(),
  grant_types: z.array(text).max(20).optional(),
  response_types: z.array(text).max(20).optional(),
  response_modes: z.array(z.enum(RESPONSE_MODES)).min(1).max(20).optional(),
  client_name: text.optional(),
  client_uri: webUri.optional(),
  logo_uri: webUri.optional(),
  tos_uri: webUri.optional(),
  policy_uri: webUri.optional(),
  contacts: z.array(text).max(20).optional(),
  scope: z.string().max(4096).optional(),
  software_id: text.optional(),
  software_version: text.optional(),
  application_type: z.enum(['web', 'native']).optional(), // OIDC Registration §2
  id_token_signed_response_alg: z.enum(['ES256', 'RS256']).optional(),
})

/** Metadata as they are registered: every default filled in. */
export type ClientMetadata = z.infer<typeof metadataSchema>

/** What decides how metadata become a client. */
export interface MetadataRules extends ClientRules {
  /** All that such a client may ask for. */
  readonly allowedScope: ReadonlySet<string>
  /** What a missing token_endpoint_auth_method means. */
  readonly defaultAuthMethod: string
  readonly authMethods: readonly string[]
  /** Whether keys can be fetched from an address that a stranger names. */
  readonly canFetchKeys: boolean
}

export interface ReadMetadata {
  /** As registered, for the answer. RFC 7591 §3.2.1 */
  readonly metadata: ClientMetadata
  readonly options: Omit<ClientOptions, 'clientId'>
}

const invalidMetadata = (description: string): OAuthError =>
  new OAuthError('invalid_client_metadata', { description, reason: 'invalid_metadata' })

/**
 * Reads what a client says about itself.
 * @throws {OAuthError} invalid_client_metadata, invalid_redirect_uri. RFC 7591 §3.2.2
 */
export function readMetadata(input: Readonly<Record<string, unknown>>, rules: MetadataRules): ReadMetadata {
  if (input['software_statement'] !== undefined)
    throw new OAuthError('unapproved_software_statement', { description: 'Software statements are not accepted here.' })
  const result = metadataSchema.safeParse(input)
  if (!result.success) {
    const name = String(result.error.issues[0]?.path[0] ?? 'document')
    throw name === 'redirect_uris' ? invalidRedirectUri('is malformed') : invalidMetadata(`${name} is malformed.`)
  }
  const given = result.data
  const method = given.token_endpoint_auth_method ?? rules.defaultAuthMethod
  if (!rules.authMethods.includes(method)) throw invalidMetadata('The token_endpoint_auth_method is not offered here.')
  refuseKeys(given, method, rules.canFetchKeys)
  const grantTypes = readGrantTypes(given)
  const type = given.application_type ?? (given.redirect_uris?.some(isForDevice) ? 'native' : 'web')
  for (const uri of [...(given.redirect_uris ?? []), ...(given.post_logout_redirect_uris ?? [])]) {
    const refusal = refuseRedirectUri(uri, type, rules.issuerIsLoopback)
    if (refusal) throw invalidRedirectUri(refusal)
  }
  if (!given.redirect_uris?.length) throw invalidRedirectUri('is missing')
  const scope = readScope(given.scope, rules.allowedScope)
  const metadata: ClientMetadata = {
    ...given,
    application_type: type,
    token_endpoint_auth_method: method,
    grant_types: [...grantTypes],
    response_types: ['code'],
    response_modes: given.response_modes ?? DEFAULT_RESPONSE_MODES,
    scope: scope.join(' '),
    id_token_signed_response_alg: given.id_token_signed_response_alg ?? 'ES256',
  }
  return { metadata, options: toOptions(metadata, type, grantTypes, scope) }
}

function toOptions(
  metadata: ClientMetadata,
  type: 'web' | 'native',
  grantTypes: readonly GrantType[],
  scope: readonly string[],
): ReadMetadata['options'] {
  return {
    ...(metadata.client_name !== undefined && { name: metadata.client_name }),
    type,
    redirectUris: metadata.redirect_uris ?? [],
    postLogoutRedirectUris: metadata.post_logout_redirect_uris ?? [],
    ...(metadata.response_modes && { responseModes: metadata.response_modes }),
    scope: scope, // what the options declare, checked by readScope
    grantTypes,
    // One of the methods that are offered: readMetadata has looked.
    tokenEndpointAuthMethod: metadata.token_endpoint_auth_method as NonNullable<
      ClientOptions['tokenEndpointAuthMethod']
    >,
    idTokenAlgorithm: metadata.id_token_signed_response_alg ?? 'ES256',
    ...keysOf(metadata),
  }
}

/** RFC 7591 §2: keys by value or by reference, for a client that signs with them. What the keys are is checked where all clients are. */
function keysOf({ jwks, jwks_uri: jwksUri }: ClientMetadata): Pick<ClientOptions, 'jwks' | 'jwksUri'> {
  return {
    // A list of objects so far; readClient refuses those that are no keys.
    ...(jwks && { jwks: jwks as unknown as NonNullable<ClientOptions['jwks']> }),
    ...(jwksUri !== undefined && { jwksUri }),
  }
}

function refuseKeys({ jwks, jwks_uri: uri }: ClientMetadata, method: string, canFetch: boolean): void {
  if (jwks && uri !== undefined) throw invalidMetadata('There may be jwks or jwks_uri, not both.')
  const hasKeys = jwks !== undefined || uri !== undefined
  if (method === 'private_key_jwt' && !hasKeys) throw invalidMetadata('private_key_jwt needs jwks or jwks_uri.')
  if (method !== 'private_key_jwt' && hasKeys) throw invalidMetadata('Keys are for private_key_jwt alone.')
  if (uri !== undefined && !canFetch) throw invalidMetadata('A jwks_uri can not be fetched here: send jwks.')
}

const invalidRedirectUri = (why: string): OAuthError =>
  new OAuthError('invalid_redirect_uri', { description: `A redirect URI ${why.replaceAll(/["\\]/g, '')}.` })

/** RFC 7591 §2: without grant_types it is authorization_code alone; response_types has to go with it. */
function readGrantTypes({ grant_types: types = ['authorization_code'], response_types: responses }: ClientMetadata) {
  const known = SELF_DESCRIBED_GRANTS.filter((grant) => types.includes(grant))
  if (known.length < new Set(types).size) throw invalidMetadata('The grant_types hold one that is not offered here.')
  if (!known.includes('authorization_code')) throw invalidMetadata('The grant_types need authorization_code.')
  if (responses?.some((response) => response !== 'code') || responses?.length === 0)
    throw invalidMetadata('The only response type is code.')
  return known
}

/** What the policy allows of what was asked for; the answer says what is left. RFC 7591 §2, §3.2.1 */
function readScope(scope: string | undefined, allowed: ReadonlySet<string>): readonly string[] {
  if (scope === undefined) return [...allowed]
  const granted = [...new Set(scope.split(' '))].filter((value) => allowed.has(value))
  if (granted.length === 0) throw invalidMetadata('The scope holds nothing that such a client may ask for.')
  return granted
}

function cannotBeRead(error: z.ZodError): string {
  const { where, what } = describeIssue(error)
  return `can not be read: ${where ? `its ${where}` : 'it'} ${what}`
}

/** Turns options from a store or a document into a client, or throws what is wrong with them. */
export function createClientFrom(options: unknown, source: ClientSource, rules: ClientRules): Client {
  const result = clientSchema.safeParse(options)
  const client = result.success ? readClient(result.data, source, rules) : cannotBeRead(result.error)
  if (typeof client === 'string') throw invalidMetadata(`The client ${client.replaceAll(/["\\]/g, '')}.`)
  return client
}
