import type { JwkSet } from '@scopewise/token-core'
import * as z from 'zod'
import {
  CLIENT_AUTH_METHODS,
  CLIENT_TYPES,
  DEFAULT_RESPONSE_MODES,
  GRANT_TYPES,
  ID_TOKEN_ALGORITHMS,
  RESPONSE_MODES,
} from './client.js'
import { SECRET_HASH } from './client-secret.js'
import { operationsSchema } from './operations.js'
import { PAGE_NAMES } from './pages.js'
import { isLoopbackHttp } from './redirect-uris.js'
import { func, scopeList, seconds, YEARS } from './schema-parts.js'

/** What the options must be, whoever wrote them: TypeScript's word is not taken for it. */

const issuer = z
  .string('has to be a URL')
  .refine((value) => refuseIssuer(value) === undefined, { error: (issue) => refuseIssuer(String(issue.input)) ?? '' })

/** RFC 8414 §2: https, without query or fragment; and in one spelling only, since it is compared byte for byte. */
function refuseIssuer(value: string): string | undefined {
  if (!URL.canParse(value)) return 'has to be an absolute URL such as https://auth.example'
  const url = new URL(value)
  if (url.protocol !== 'https:' && !isLoopbackHttp(url))
    return 'has to be https; http works on localhost, 127.0.0.1 and [::1] only'
  if (url.search || url.hash || value.includes('?') || value.includes('#')) return 'must not have a query or a fragment'
  if (url.username || url.password) return 'must not have user information'
  const canonical = `${url.origin}${url.pathname === '/' ? '' : url.pathname}`
  if (value !== canonical || value.endsWith('/')) return `has to be written as ${canonical.replace(/\/+$/, '')}`
  return undefined
}

const lifetimes = z
  .strictObject({
    authorizationCode: seconds(600).default(60),
    refreshTokenIdle: seconds(YEARS).default(30 * 86_400),
    refreshToken: seconds(YEARS).default(365 * 86_400),
    retryWindow: seconds(120, 0).default(30),
    session: seconds(YEARS).default(86_400),
    interaction: seconds(3600).default(1800),
    deviceCode: seconds(1800, 60).default(600),
    idToken: seconds(86_400).default(600),
    pushedRequest: seconds(599).default(60),
  })
  .prefault({})

const secretHash = z.string().regex(SECRET_HASH, 'has to be what hashClientSecret() gave')

export const clientSchema = z.strictObject({
  clientId: z.string().regex(/^[\x21-\x7e]{1,255}$/, 'has to be 1 to 255 printable ASCII characters without spaces'),
  name: z
    .string()
    .regex(/^.{1,200}$/su, 'has to have 1 to 200 characters')
    .optional(),
  type: z.enum(CLIENT_TYPES).optional(),
  redirectUris: z.array(z.string()).default([]),
  postLogoutRedirectUris: z.array(z.string()).default([]),
  responseModes: z
    .array(z.enum(RESPONSE_MODES))
    .min(1, 'has to name at least one mode')
    .default(DEFAULT_RESPONSE_MODES),
  scope: scopeList.optional(),
  defaultScope: scopeList.optional(),
  grantTypes: z.array(z.enum(GRANT_TYPES)).optional(),
  tokenEndpointAuthMethod: z.enum(CLIENT_AUTH_METHODS).optional(),
  secretHash: z
    .union(
      [secretHash, z.array(secretHash).min(1)],
      'has to be what hashClientSecret() gave, awaited, or a list of such',
    )
    .optional(),
  unsafeDemoSecret: z.string().min(1).optional(),
  jwks: z
    .custom<JwkSet>((value) => typeof value === 'object' && value !== null, 'has to be a JWK set: { keys: […] }')
    .optional(),
  jwksUri: z.string().optional(),
  dpopBoundAccessTokens: z.boolean().default(false),
  requirePushedAuthorizationRequests: z.boolean().optional(),
  rotateRefreshTokens: z.boolean().default(true),
  introspects: z.array(z.string()).default([]),
  idTokenAlgorithm: z.enum(ID_TOKEN_ALGORITHMS).default('ES256'),
})

const isResource = (value: string): boolean => URL.canParse(value) && !value.includes('#')
const resource = z.union(
  [
    scopeList.transform((scopes) => ({ scopes, format: 'jwt' as const })),
    z.strictObject({ scopes: scopeList, format: z.enum(['jwt', 'opaque']).default('jwt') }),
  ],
  "has to be a list of scope values, or { scopes: […], format: 'jwt' or 'opaque' }",
)
const resources = z
  .record(z.string(), resource)
  .refine((value) => Object.keys(value).length > 0, 'has to name at least one API')
  .refine(
    (value) => Object.keys(value).every(isResource),
    'every key has to be an absolute URI without a fragment (RFC 8707 §2)',
  )

const pages = z.strictObject(
  Object.fromEntries(PAGE_NAMES.map((name) => [name, func.optional()])),
  `has to be an object with some of ${PAGE_NAMES.join(', ')}`,
)

const secretText = z.string().min(32, 'has to be at least 32 random characters')

export const optionsSchema = z.strictObject({
  issuer,
  token: z.custom<object>(
    (value) => typeof value === 'object' && value !== null && 'scopes' in value && 'lifetime' in value,
    'has to be what defineAccessToken() of @scopewise/token-core gave',
  ),
  resources,
  defaultResource: z.string().optional(),
  clients: z.array(clientSchema),
  ...operationsSchema,
  defaultScope: scopeList.default([]),
  login: func,
  pages: pages.optional(),
  allow: func.optional(),
  claims: func.optional(),
  userClaims: func.optional(),
  exchange: func.optional(),
  dpopNonces: z.boolean().default(true),
  requirePushedAuthorizationRequests: z.boolean().default(false),
  acrValues: z.array(z.string().regex(/^[\x21-\x7e]+$/, 'has to be ASCII without spaces')).default([]),
  store: z
    .custom<object>(
      (value) => typeof value === 'object' && value !== null && 'putAuthorization' in value,
      'has to be a store such as memoryStore() or sqliteStore(path)',
    )
    .optional(),
  secret: z
    .union(
      [secretText, z.array(secretText).min(1)],
      'has to be a string of at least 32 random characters, or a list of such',
    )
    .optional(),
  lifetimes,
  now: func.optional(),
})

/** The same where the clients are asked for one by one. */
export const lookupOptionsSchema = optionsSchema.extend({ clients: func })

export type ParsedOptions = z.infer<typeof optionsSchema> | z.infer<typeof lookupOptionsSchema>
export type ParsedClient = z.infer<typeof clientSchema>
