import { z } from 'zod'
import { defineAccessToken } from '../access-token/define.js'
import { createIssuer } from '../access-token/issue.js'
import { createVerifier, type VerifierOptions } from '../access-token/verify.js'
import { encodeBase64url } from '../encoding/base64url.js'
import { encodeUtf8 } from '../encoding/utf8.js'
import { algorithmFacts, type SigningAlgorithm, signingAlgorithms } from '../engine/algorithms.js'
import { jwkThumbprint, type PrivateJwk } from '../keys/jwk.js'
import { localKeys } from '../keys/local.js'
import { generatePrivateJwk, importSigningKey, type SigningKey } from '../keys/signing-key.js'
import { defineScopes, type ScopeOf } from '../scope/define.js'

export const NOW = 1_800_000_000
export const ISSUER = 'https://auth.example'
export const AUDIENCE = 'https://api.example/graphql'
export const METADATA = 'https://api.example/.well-known/oauth-protected-resource/graphql'
/** Whether this runtime has ML-DSA: Node from 24.7 on. */
export const hasMlDsa = await generatePrivateJwk('ML-DSA-44').then(
  () => true,
  () => false,
)
/** Every algorithm of the table that this runtime has. */
export const ALGORITHMS = signingAlgorithms.filter((name) => hasMlDsa || !name.startsWith('ML-DSA'))

export const scopes = defineScopes({
  'notes:read': 'Read your notes',
  'notes:write': { description: { en: 'Change your notes', de: 'Deine Notizen ändern' }, implies: ['notes:read'] },
  admin: { description: 'Everything', implies: ['notes:write'] },
})
export type Scope = ScopeOf<typeof scopes>
export const accessToken = defineAccessToken({ scopes, claims: z.object({ tenant: z.string() }), lifetime: 600 })
export type Claims = { tenant: string }

const privateJwks = new Map<string, Promise<PrivateJwk>>()

/** One private key per algorithm and name; the RSA algorithms share theirs, since generating one takes time. */
export function privateJwk(algorithm: SigningAlgorithm, name = ''): Promise<PrivateJwk> {
  const id = algorithm + name
  const known = privateJwks.get(id) ?? makePrivateJwk(algorithm, name)
  privateJwks.set(id, known)
  return known
}

async function makePrivateJwk(algorithm: SigningAlgorithm, name: string): Promise<PrivateJwk> {
  if (algorithm === 'RS256' || algorithmFacts(algorithm).kty !== 'RSA') return generatePrivateJwk(algorithm)
  const jwk = await privateJwk('RS256', name)
  return { ...jwk, alg: algorithm, kid: `${await jwkThumbprint(jwk)}-${algorithm}` }
}

export async function signingKey(algorithm: SigningAlgorithm = 'ES256', name = ''): Promise<SigningKey> {
  return importSigningKey(await privateJwk(algorithm, name))
}

export const grant = {
  subject: 'alice',
  clientId: 'web',
  audience: AUDIENCE,
  scope: ['notes:write'],
  claims: { tenant: 't1' },
} as const

/** An issuer and a verifier that trust each other, at the fixed time NOW. */
export async function pair(
  algorithm: SigningAlgorithm = 'ES256',
  options: Partial<VerifierOptions<Scope, Claims>> = {},
) {
  const key = await signingKey(algorithm)
  const keys = localKeys({ keys: [key.publicJwk] })
  const now = () => NOW
  const issuer = createIssuer({ token: accessToken, issuer: ISSUER, keys: key, now })
  const verifier = createVerifier({
    token: accessToken,
    audience: AUDIENCE,
    issuers: { [ISSUER]: keys },
    resourceMetadata: METADATA,
    now,
    ...options,
  })
  return { key, keys, issuer, verifier }
}

/** Claims that every verifier of {@link pair} accepts. */
export const validClaims = {
  iss: ISSUER,
  sub: 'alice',
  aud: AUDIENCE,
  client_id: 'web',
  jti: 'j1',
  iat: NOW,
  exp: NOW + 600,
  scope: 'notes:write',
  tenant: 't1',
}

const json = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value))
export const part = (value: unknown) => encodeBase64url(encodeUtf8(json(value)))

/** Signs whatever it is given: header and claims as values, or as raw JSON text. */
export async function forge(key: SigningKey, header: unknown, claims: unknown = validClaims): Promise<string> {
  const signed = `${part(header)}.${part(claims)}`
  return `${signed}.${encodeBase64url(await key.sign(encodeUtf8(signed)))}`
}

export const headerOf = (key: SigningKey, more: Record<string, unknown> = {}) => ({
  alg: key.alg,
  typ: 'at+jwt',
  kid: key.kid,
  ...more,
})

/** The code of the TokenError that the work ends with; anything else thrown is passed on. */
export async function codeOf(work: Promise<unknown> | (() => unknown)): Promise<string> {
  try {
    await (typeof work === 'function' ? work() : work)
    return 'accepted'
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.name === 'TokenError') return String(error.code)
    throw error
  }
}
