import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createIssuer } from './access-token/issue.js'
import { createVerifier } from './access-token/verify.js'
import { createClientAssertion, createClientAssertionVerifier } from './client-assertion.js'
import { createDpopProof, createDpopVerifier, importDpopKey } from './dpop.js'
import { verifyIdTokenHint } from './id-token/hint.js'
import { createIdTokenIssuer } from './id-token/issue.js'
import { createIdTokenVerifier } from './id-token.js'
import { localKeys } from './keys/local.js'
import { importSigningKey } from './keys/signing-key.js'
import { createLogoutTokenIssuer, createLogoutTokenVerifier } from './logout-token.js'
import { accessToken, codeOf, forge, NOW } from './testing/fixtures.js'
import { defineToken } from './token/define.js'
import { createTokenIssuer } from './token/issue.js'
import { createTokenVerifier } from './token/verify.js'

/**
 * The worst case: one key signs all kinds of tokens, and issuer, subject, client and audience are one and the same URL, so
 * that nothing but its kind keeps a token from passing for another.
 */
const ME = 'https://one.example/all'
const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])
const jwk = await crypto.subtle.exportKey('jwk', pair.privateKey)
const key = await importSigningKey({ kty: 'EC', crv: 'P-256', x: jwk.x ?? '', y: jwk.y ?? '', d: jwk.d ?? '' })
const keys = localKeys({ keys: [key.publicJwk] })
const now = () => NOW
const common = { issuer: ME, keys: key, now }
const replay = () => 'first' as const

const invitation = defineToken({ typ: 'invitation+jwt', claims: z.object({}), required: ['sub'], lifetime: 60 })
const webhook = defineToken({ typ: 'webhook+jwt', claims: z.object({}), required: ['sub'], lifetime: 60 })
const own = (token: typeof invitation) =>
  createTokenIssuer({ ...common, token }).issue({ audience: ME, subject: ME, claims: {} })
const everything = {
  iss: ME,
  sub: ME,
  aud: ME,
  client_id: ME,
  azp: ME,
  iat: NOW,
  nbf: NOW,
  exp: NOW + 60,
  jti: 'j',
  tenant: 't1',
}
const request = (proof: string) => ({ headers: new Headers({ dpop: proof }), url: ME, method: 'POST' })

const TOKENS = {
  'access token': createIssuer({ ...common, token: accessToken }).issue({
    subject: ME,
    clientId: ME,
    audience: ME,
    scope: [],
    claims: { tenant: 't1' },
  }),
  'ID token': createIdTokenIssuer(common).issue({
    subject: ME,
    audience: ME,
    claims: { jti: 'j', client_id: ME, tenant: 't1' },
  }),
  'logout token': createLogoutTokenIssuer(common).issue({ audience: ME, subject: ME, sessionId: 's' }),
  'client assertion': createClientAssertion(key, { clientId: ME, issuer: ME, now: NOW }),
  'DPoP proof': createDpopProof(await importDpopKey(pair), { method: 'POST', url: ME, now: NOW }),
  invitation: own(invitation),
  webhook: own(webhook),
  'status list': forge(
    key,
    { alg: key.alg, typ: 'statuslist+jwt', kid: key.kid },
    { ...everything, status_list: { bits: 1, lst: 'eNrbuRgAAhcBXQ' } },
  ),
  'introspection answer': forge(
    key,
    { alg: key.alg, typ: 'token-introspection+jwt', kid: key.kid },
    { ...everything, token_introspection: { active: true } },
  ),
  'request object': forge(key, { alg: key.alg, typ: 'oauth-authz-req+jwt', kid: key.kid }, everything),
  'security event': forge(key, { alg: key.alg, typ: 'secevent+jwt', kid: key.kid }, everything),
}
type Kind = keyof typeof TOKENS
const KINDS = Object.keys(TOKENS) as Kind[]

const at = { issuers: { [ME]: keys }, audience: ME, now }
const access = createVerifier({ ...at, token: accessToken })
const VERIFIERS: readonly (readonly [Kind, string, (jwt: string) => Promise<unknown>])[] = [
  ['access token', 'verifier.verify', (jwt) => access.verify(jwt)],
  [
    'access token',
    'verifier.authenticate',
    (jwt) => access.authenticate({ headers: new Headers({ authorization: `Bearer ${jwt}` }), url: ME, method: 'GET' }),
  ],
  [
    'ID token',
    'idTokenVerifier.verify',
    (jwt) => createIdTokenVerifier({ issuer: ME, clientId: ME, keys, now }).verify(jwt, {}),
  ],
  ['ID token', 'verifyIdTokenHint', (jwt) => verifyIdTokenHint(jwt, { issuer: ME, keys })],
  [
    'logout token',
    'logoutTokenVerifier.verify',
    (jwt) => createLogoutTokenVerifier({ issuer: ME, clientId: ME, keys, replay, now }).verify(jwt),
  ],
  [
    'client assertion',
    'clientAssertionVerifier.verify',
    (jwt) => createClientAssertionVerifier({ issuer: ME, keys: () => keys, replay, now }).verify(jwt),
  ],
  ['DPoP proof', 'dpopVerifier.verify', (jwt) => createDpopVerifier({ replay, now }).verify(request(jwt))],
  ['invitation', 'tokenVerifier.verify', (jwt) => createTokenVerifier({ ...at, token: invitation }).verify(jwt)],
  ['webhook', 'tokenVerifier.verify', (jwt) => createTokenVerifier({ ...at, token: webhook }).verify(jwt)],
]

describe('every kind of token against every verifier', () => {
  describe.each(VERIFIERS)('%s, %s', (own, _, verify) => {
    it('accepts its own', async () => {
      expect(await codeOf(verify(await TOKENS[own]))).toBe('accepted')
    })

    // An ID token names no type of its own: with one subject for all, it has all that a client assertion of old has.
    const others = KINDS.filter((kind) => kind !== own && !(own === 'client assertion' && kind === 'ID token'))
    it.each(others)('ATT-018 AT-06 JW-13 refuses this %s', async (kind) => {
      expect(await codeOf(verify(await TOKENS[kind]))).toMatch(/^(wrong_type|invalid_dpop_proof|invalid_claims)$/)
    })
  })

  it('ATT-018 refuses an ID token of a real subject as a client assertion', async () => {
    const jwt = await createIdTokenIssuer(common).issue({ subject: 'alice', audience: ME, claims: { jti: 'j' } })
    const verifier = createClientAssertionVerifier({ issuer: ME, keys: () => keys, replay, now })
    expect(await codeOf(verifier.verify(jwt))).toBe('wrong_issuer')
  })

  it('ATT-018 keeps apart what has no type by its claims', async () => {
    const untyped = (claims: object) => forge(key, { alg: key.alg, kid: key.kid }, { ...everything, ...claims })
    const logout = await untyped({ events: { 'http://schemas.openid.net/event/backchannel-logout': {} } })
    const idToken = await untyped({ nonce: 'n' })
    const [id, out] = [
      createIdTokenVerifier({ issuer: ME, clientId: ME, keys, now }),
      createLogoutTokenVerifier({ issuer: ME, clientId: ME, keys, replay, now }),
    ]
    expect([await codeOf(out.verify(logout)), await codeOf(id.verify(logout, {}))]).toEqual([
      'accepted',
      'invalid_claims',
    ])
    expect([await codeOf(id.verify(idToken, {})), await codeOf(out.verify(idToken))]).toEqual([
      'accepted',
      'invalid_claims',
    ])
  })
})
