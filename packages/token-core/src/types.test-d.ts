/** What must compile and, marked, what must not. Checked by `tsc`, never run. */
import type { KeyObject } from 'node:crypto'
import { z } from 'zod'
import { createDpopVerifier, memoryReplay } from './dpop.js'
import type { parseIdToken } from './id-token.js'
import {
  clientCertificate,
  connectSigner,
  createIdTokenIssuer,
  createIssuer,
  createKeyRing,
  createTokenIssuer,
  createTokenVerifier,
  createVerifier,
  defineAccessToken,
  defineScopes,
  defineToken,
  importPublicKey,
  importSecretKey,
  importSigningKey,
  type KeyRingEvent,
  type KeyStore,
  localKeys,
  memoryKeyStore,
  type PrivateJwk,
  remoteKeys,
  type ScopeOf,
  type SigningKey,
  type VerifiedAccessToken,
} from './index.js'
import { decryptJwe, decryptJwt, encryptJwe, importDecryptionKey, importEncryptionKey, importPassword } from './jwe.js'

declare const key: SigningKey
type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const holds = <T extends true>(): T | undefined => undefined

const scopes = defineScopes({
  'notes:read': 'Read your notes',
  'notes:write': { description: { en: 'Change your notes', de: 'Notizen ändern' }, implies: ['notes:read'] },
})
type AppScope = ScopeOf<typeof scopes>
holds<Equal<AppScope, 'notes:read' | 'notes:write'>>()
// @ts-expect-error a description is not a number
defineScopes({ a: 1 })
// @ts-expect-error implied values are texts
defineScopes({ a: { description: 'A', implies: [1] } })

const token = defineAccessToken({ scopes, claims: z.object({ tenant: z.string() }), lifetime: 600 })
holds<Equal<ScopeOf<typeof token>, AppScope>>()
// @ts-expect-error a lifetime is needed
defineAccessToken({ scopes })

const issuer = createIssuer({ token, issuer: 'https://auth.example', keys: key })
const grant = { subject: 's', clientId: 'c', audience: 'a', scope: ['notes:read'], claims: { tenant: 't' } } as const
await issuer.issue(grant)
await issuer.issue({ ...grant, audience: ['a', 'b'], grantId: undefined })
// @ts-expect-error an undeclared scope
await issuer.issue({ ...grant, scope: ['notes:raed'] })
// @ts-expect-error a claim is missing
await issuer.issue({ ...grant, claims: {} })
// @ts-expect-error a claim of the wrong type
await issuer.issue({ ...grant, claims: { tenant: 1 } })
// @ts-expect-error the audience is missing
await issuer.issue({ subject: 's', clientId: 'c', scope: ['notes:read'], claims: { tenant: 't' } })

const bare = createIssuer({
  token: defineAccessToken({ scopes, lifetime: 1 }),
  issuer: 'https://auth.example',
  keys: key,
})
await bare.issue({ ...grant, claims: {} })

const issuers = { 'https://auth.example': remoteKeys('https://auth.example/jwks') }
const verifier = createVerifier({
  token,
  audience: 'a',
  issuers,
  revoked: (claims) => claims.tenant === claims.grant_id,
})
// @ts-expect-error the audience is missing
createVerifier({ token, issuers })
// @ts-expect-error the issuers are missing
createVerifier({ token, audience: 'a' })
// @ts-expect-error a secret is no source of keys
createVerifier({ token, audience: 'a', issuers: { 'https://auth.example': 'secret' } })
// @ts-expect-error the hook knows the claims
createVerifier({ token, audience: 'a', issuers, revoked: (claims) => claims.tenent === 'x' })
// @ts-expect-error no option names algorithms: a key is for one
createVerifier({ token, audience: 'a', issuers, algorithms: ['HS256'] })

const verified = await verifier.verify('x')
holds<Equal<typeof verified, VerifiedAccessToken<{ tenant: string }, AppScope>>>()
holds<Equal<typeof verified.claims.tenant, string>>()
holds<Equal<typeof verified.claims.exp, number>>()
holds<Equal<typeof verified.scope, readonly AppScope[]>>()
verified.has('notes:read', 'notes:write')
// @ts-expect-error an undeclared scope
verified.has('notes:raed')
// @ts-expect-error read-only
verified.claims.sub = 'mallory'
// @ts-expect-error read-only
verified.scope.push('notes:write')
// @ts-expect-error an undeclared claim
verified.claims.admin
// @ts-expect-error an undeclared scope
await verifier.authenticate(new Request('https://api.example'), { scope: ['notes:raed'] })

// @ts-expect-error a hand-made value is not a verified token
const forged: VerifiedAccessToken<{ tenant: string }, AppScope> = {
  claims: verified.claims,
  scope: verified.scope,
  has: verified.has,
  isClient: false,
}
void forged

// A verified token fits where less is asked for, and not where more is.
const wider: VerifiedAccessToken<object, AppScope> = verified
// @ts-expect-error claims that were never checked
const narrower: VerifiedAccessToken<{ tenant: string; admin: boolean }, AppScope> = verified
void wider
void narrower

// @ts-expect-error keys are given as a set
localKeys(key.publicJwk)
// @ts-expect-error a public key can't sign
await importSigningKey(key.publicJwk)
declare const stored: PrivateJwk
await importSigningKey(stored)
await importSigningKey('-----BEGIN PRIVATE KEY-----', { algorithm: 'PS256', kid: 'k' })
declare const webKeys: CryptoKeyPair
declare const nodeKey: KeyObject
await importSigningKey(webKeys)
await importSigningKey(webKeys.privateKey)
await importSigningKey(nodeKey)
// @ts-expect-error a secret does not sign as a private key does
await importSigningKey(stored, { algorithm: 'HS256' })
// @ts-expect-error no such algorithm
await importSigningKey(stored, { algorithm: 'none' })
// @ts-expect-error the half of a pair
await importSigningKey({ publicKey: webKeys.publicKey })

holds<Equal<Awaited<ReturnType<typeof importPublicKey>>['kid'], string>>()
await importPublicKey(nodeKey)
localKeys({ keys: [await importPublicKey('-----BEGIN PUBLIC KEY-----')] })

const secret = await importSecretKey(new Uint8Array(32), { algorithm: 'HS256', kid: 's' })
createIssuer({ token, issuer: 'https://auth.example', keys: secret })
createVerifier({ token, audience: 'a', issuers: { 'https://auth.example': secret } })
// @ts-expect-error the algorithm must be named
await importSecretKey(new Uint8Array(32), { kid: 's' })
// @ts-expect-error a public key is no secret
await importSecretKey(key.publicJwk, { algorithm: 'HS256' })
// @ts-expect-error a password is no secret
await importSecretKey('password', { algorithm: 'HS256', kid: 's' })
// @ts-expect-error a secret has no place in a set of public keys
localKeys({ keys: [{ kty: 'oct', k: 'A' }] })
// @ts-expect-error ID tokens are signed with a key that the client can verify with and not sign
createIdTokenIssuer({ issuer: 'https://auth.example', keys: secret })

const vault = await connectSigner({ publicJwk: key.publicJwk, sign: key.sign })
createIssuer({ token, issuer: 'https://auth.example', keys: vault })
// @ts-expect-error verifiers need the public half
await connectSigner({ sign: key.sign })

declare const keyStore: KeyStore
const ring = createKeyRing({
  algorithms: ['ES256', 'RS256'],
  store: memoryKeyStore(),
  timetable: { tokenLifetime: 600 },
})
createIssuer({ token, issuer: 'https://auth.example', keys: ring })
createVerifier({ token, audience: 'a', issuers: { 'https://auth.example': ring } })
await ring.signingKey('RS256')
// @ts-expect-error a ring has at least one algorithm
createKeyRing({ algorithms: [], store: keyStore, timetable: { tokenLifetime: 600 } })
// @ts-expect-error a ring has key pairs, no shared secrets
createKeyRing({ algorithms: ['HS256'], store: keyStore, timetable: { tokenLifetime: 600 } })
// @ts-expect-error how long tokens live decides how long keys stay
createKeyRing({ algorithms: ['ES256'], store: keyStore, timetable: {} })
// @ts-expect-error remote keys can't sign
createIssuer({ token, issuer: 'https://auth.example', keys: remoteKeys('https://auth.example/jwks') })
declare const event: KeyRingEvent
// @ts-expect-error only a key that was removed has a reason
event.reason
if (event.type === 'removed') holds<Equal<typeof event.reason, 'expired' | 'revoked'>>()

holds<Equal<ReturnType<typeof parseIdToken>['claims']['sub'], string>>()

const sealing = await importEncryptionKey({ kty: 'oct', k: 'A' }, { algorithm: 'dir', contentEncryption: ['A256GCM'] })
const opening = await importDecryptionKey(stored, { algorithm: 'ECDH-ES' })
await encryptJwe('x', { key: sealing, contentEncryption: 'A128GCM' })
holds<Equal<Awaited<ReturnType<typeof decryptJwt>>, string>>()
await decryptJwt('x', { keys: [opening, importPassword('x')] })
// @ts-expect-error RSA1_5 does not exist
await importDecryptionKey(stored, { algorithm: 'RSA1_5' })
// @ts-expect-error passwords have their own import
await importDecryptionKey(stored, { algorithm: 'PBES2-HS256+A128KW' })
// @ts-expect-error a signing key encrypts nothing
await encryptJwe('x', { key })
// @ts-expect-error what encrypts to a public key can't decrypt
await decryptJwe('x', { keys: sealing })
// @ts-expect-error no such content encryption
await encryptJwe('x', { key: sealing, contentEncryption: 'A512GCM' })
// Tokens of your own kind are typed by their declaration.
const invitation = defineToken({
  typ: 'invitation+jwt',
  claims: z.object({ team: z.string() }),
  required: ['sub'],
  lifetime: 3600,
})
const invitations = createTokenIssuer({ token: invitation, issuer: 'https://app.example', keys: key })
await invitations.issue({ audience: 'a', subject: 'bob', claims: { team: 't' } })
// @ts-expect-error the subject is required
await invitations.issue({ audience: 'a', claims: { team: 't' } })
// @ts-expect-error the audience is missing
await invitations.issue({ subject: 'bob', claims: { team: 't' } })
// @ts-expect-error a claim of the wrong type
await invitations.issue({ audience: 'a', subject: 'bob', claims: { team: 1 } })
const invited = createTokenVerifier({
  token: invitation,
  audience: 'a',
  issuers,
  revoked: (claims) => claims.team === claims.sub,
})
const accepted = await invited.verify('x')
holds<Equal<typeof accepted.claims.sub, string>>()
holds<Equal<typeof accepted.claims.nbf, number | undefined>>()
holds<Equal<typeof accepted.claims.team, string>>()
// @ts-expect-error read-only
accepted.claims.team = 'other'
// @ts-expect-error no such registered claim
defineToken({ typ: 'a+jwt', claims: z.object({}), required: ['jku'], lifetime: 1 })
// @ts-expect-error not a media type of a JWT
defineToken({ typ: 'invitation', claims: z.object({}), lifetime: 1 })
const webhook = createTokenIssuer({
  token: defineToken({ typ: 'webhook+jwt', claims: z.object({}), lifetime: 60 }),
  issuer: 'https://app.example',
  keys: key,
})
await webhook.issue({ audience: 'a', claims: {} })

// Proofs: a store is needed, and what it answers is typed.
createDpopVerifier({ replay: memoryReplay() })
createDpopVerifier({ replay: (_key: string, _expiresAt: number, _at: number) => Promise.resolve('first' as const) })
// @ts-expect-error without a store a proof could be used again
createDpopVerifier({})
// @ts-expect-error a store that says only yes or no
createDpopVerifier({ replay: () => true })
// @ts-expect-error a shared secret signs no proof
createDpopVerifier({ replay: memoryReplay(), algorithms: ['HS256'] })
createVerifier({ token, audience: 'a', issuers, dpop: createDpopVerifier({ replay: memoryReplay() }) })
// @ts-expect-error options are no verifier
createVerifier({ token, audience: 'a', issuers, dpop: { replay: memoryReplay() } })
createVerifier({ token, audience: 'a', issuers, mtls: clientCertificate(() => ({ pem: 'x' })) })
// @ts-expect-error a certificate in no known form
clientCertificate(() => 'x')
await verifier.authenticate(new Request('https://api.example'), { scope: ['notes:read'], acr: ['gold'], maxAge: 60 })
await issuer.issue({ ...grant, confirmation: { jkt: 'x' } })
// @ts-expect-error not a kind of binding
await issuer.issue({ ...grant, confirmation: { jwk: 'x' } })
