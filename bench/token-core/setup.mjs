// Keys, tokens, and every contender set up as its own documentation says, for the same work: signature, issuer, audience and times.
import crypto from 'node:crypto'
import { JwtVerifier } from 'aws-jwt-verify'
import fastJwt from 'fast-jwt'
import * as jose from 'jose'
import jsonwebtoken from 'jsonwebtoken'
import * as ours from '../../packages/token-core/dist/index.js'

export const ISSUER = 'https://auth.example'
export const AUDIENCE = 'https://api.example/graphql'
export const ALGORITHMS = ['RS256', 'ES256', 'EdDSA', 'HS256']

const scopes = ours.defineScopes({ 'notes:read': 'Read your notes', 'notes:write': 'Change your notes' })
export const token = ours.defineAccessToken({ scopes, lifetime: 3600 })
export const grant = {
  subject: 'user-8d7f2c',
  clientId: 'web',
  audience: AUDIENCE,
  scope: ['notes:read', 'notes:write'],
  grantId: 'gR4nT-5b0Yc2hD',
  claims: {},
}

/** A key in the forms that the contenders take, and a token signed with it. */
export async function prepare(algorithm) {
  const key = algorithm === 'HS256' ? await importSecret() : await importPair(algorithm)
  await key.source.warm?.()
  const issuer = ours.createIssuer({ token, issuer: ISSUER, keys: key.ours })
  const jwt = await issuer.issue(grant)
  const [head, claims, signature] = jwt.split('.')
  const data = Buffer.from(`${head}.${claims}`)
  return {
    ...key,
    algorithm,
    issuer,
    jwt,
    data,
    signature: Buffer.from(signature, 'base64url'),
    payload: decode(claims),
  }
}

async function importPair(algorithm) {
  const jwk = await ours.generatePrivateJwk(algorithm)
  const key = await ours.importSigningKey(jwk)
  const privateKey = crypto.createPrivateKey({ key: jwk, format: 'jwk' })
  const publicKey = crypto.createPublicKey(privateKey)
  return {
    ours: key,
    source: ours.localKeys({ keys: [key.publicJwk] }),
    jwk: key.publicJwk,
    privateKey,
    publicKey,
    privatePem: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    publicPem: publicKey.export({ type: 'spki', format: 'pem' }),
  }
}

async function importSecret() {
  const secret = new Uint8Array(crypto.randomBytes(32))
  const key = await ours.importSecretKey(secret, { algorithm: 'HS256', kid: 'shared-secret' })
  const object = crypto.createSecretKey(secret)
  const pem = Buffer.from(secret)
  return { ours: key, source: key, privateKey: object, publicKey: object, privatePem: pem, publicPem: pem }
}

const decode = (part) => JSON.parse(Buffer.from(part, 'base64url').toString())

/** The least that could do the job: one signature over prepared bytes. */
export function bare({ algorithm, data, signature, publicKey, privateKey }) {
  if (algorithm === 'HS256') {
    const sign = () => crypto.createHmac('sha256', privateKey).update(data).digest()
    return { sign, verify: () => crypto.timingSafeEqual(sign(), signature) }
  }
  const digest = algorithm === 'EdDSA' ? null : 'sha256'
  const encoding = algorithm === 'ES256' ? { dsaEncoding: 'ieee-p1363' } : {}
  const [signing, verifying] = [
    { key: privateKey, ...encoding },
    { key: publicKey, ...encoding },
  ]
  return {
    sign: () => crypto.sign(digest, data, signing),
    verify: () => crypto.verify(digest, data, verifying, signature),
  }
}

export const verifierOf = ({ source }, more = {}) =>
  ours.createSyncVerifier({ token, audience: AUDIENCE, issuers: { [ISSUER]: source }, ...more })

/** Contenders that answer at once. */
export function syncVerifiers(prepared) {
  const { algorithm, publicKey, publicPem, jwk, jwt } = prepared
  const ownVerifier = verifierOf(prepared)
  const fast = fastVerifier(prepared, {})
  const contenders = {
    'node:crypto, bare': bare(prepared).verify,
    'Scopewise, verifySync': () => ownVerifier.verifySync(jwt),
    'fast-jwt, one key': () => fast(jwt),
  }
  if (algorithm !== 'EdDSA') {
    const options = { algorithms: [algorithm], issuer: ISSUER, audience: AUDIENCE }
    contenders.jsonwebtoken = () => jsonwebtoken.verify(jwt, publicKey, options)
  }
  if (algorithm !== 'HS256') {
    const aws = JwtVerifier.create({ issuer: ISSUER, audience: AUDIENCE, jwksUri: `${ISSUER}/jwks` })
    aws.cacheJwks({ keys: [jwk] })
    contenders['aws-jwt-verify'] = () => aws.verifySync(jwt)
  }
  void publicPem
  return contenders
}

export function fastVerifier({ algorithm, publicPem }, more) {
  return fastJwt.createVerifier({
    key: publicPem,
    algorithms: [algorithm],
    allowedIss: ISSUER,
    allowedAud: AUDIENCE,
    cache: false,
    ...more,
  })
}

/** Contenders that answer with a promise. */
export function asyncVerifiers(prepared) {
  const { algorithm, publicKey, publicPem, jwk, jwt } = prepared
  const ownVerifier = verifierOf(prepared)
  const options = { algorithms: [algorithm], issuer: ISSUER, audience: AUDIENCE, typ: 'at+jwt' }
  const keys = jwk ? jose.createLocalJWKSet({ keys: [jwk] }) : publicKey
  const fast = fastVerifier(prepared, { key: async () => publicPem })
  const bareVerify = bare(prepared).verify
  return {
    'node:crypto, bare': async () => bareVerify(),
    'Scopewise, verify': () => ownVerifier.verify(jwt),
    jose: () => jose.jwtVerify(jwt, keys, options),
    'fast-jwt, key by a function': () => fast(jwt),
  }
}

/** What signs one access token; `issue` also draws a `jti` and checks scope and claims. */
export function signers(prepared) {
  const { algorithm, privateKey, privatePem, payload, issuer } = prepared
  const header = { typ: 'at+jwt', kid: prepared.ours.kid }
  const { iat, exp, jti, ...claims } = payload
  const fast = fastJwt.createSigner({ key: privatePem, algorithm, ...header, header, expiresIn: 3_600_000 })
  const bareSign = bare(prepared).sign
  const contenders = {
    'node:crypto, bare': async () => bareSign(),
    'Scopewise, issue': () => issuer.issue(grant),
    jose: () =>
      new jose.SignJWT({ ...claims, jti })
        .setProtectedHeader({ alg: algorithm, ...header })
        .setIssuedAt()
        .setExpirationTime('1h')
        .sign(privateKey),
    'fast-jwt': async () => fast({ ...claims, jti }),
  }
  // What signs RSA for a server without holding up its event loop; a caller who waits for it pays the way to a thread and back.
  if (algorithm === 'RS256')
    contenders['node:crypto, bare, on the thread pool'] = () =>
      new Promise((resolve) => crypto.sign('sha256', prepared.data, privateKey, (_, signature) => resolve(signature)))
  if (algorithm !== 'EdDSA') {
    const options = { algorithm, expiresIn: 3600, header }
    contenders.jsonwebtoken = async () => jsonwebtoken.sign({ ...claims, jti }, privateKey, options)
  }
  return contenders
}
