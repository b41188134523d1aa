import crypto from 'node:crypto'
import * as jose from 'jose'
import * as ours from '../../packages/token-core/dist/dpop.js'
import { measurePaired, table } from '../lib/paired.mjs'

const URL_OF_API = 'https://api.example/graphql'
/** So many proofs, that a store of used ones holds none of them a second time in a round. */
const PROOFS = 4096

/** A DPoP proof at a resource server: header, key, claims, `ath` and signature, with an access token of usual length. */
export async function dpop({ jwt: accessToken }, rounds) {
  const key = await ours.generateDpopKey()
  const proofs = []
  for (let index = 0; index < PROOFS; index++)
    proofs.push(await ours.createDpopProof(key, { method: 'POST', url: URL_OF_API, accessToken }))
  let at = 0
  const next = () => proofs[at++ % PROOFS]
  const requests = new Map(
    proofs.map((proof) => [proof, { headers: new Headers({ dpop: proof }), url: URL_OF_API, method: 'POST' }]),
  )
  const binding = { accessToken, thumbprint: key.thumbprint }
  // The store of used proofs is left out, since jose has none either; a row of its own shows what it adds.
  const verifier = ours.createDpopVerifier({ replay: () => 'first' })
  const seen = ours.memoryReplay({ max: 1e7 })
  let lap = 0
  // Each lap forgets the last one, so that a proof that comes round again is a first one.
  const storing = ours.createDpopVerifier({ replay: (name, expiresAt, now) => seen(`${lap++}${name}`, expiresAt, now) })

  const [head, claims, signature] = proofs[0].split('.')
  const data = Buffer.from(`${head}.${claims}`)
  const signed = Buffer.from(signature, 'base64url')
  const publicKey = crypto.createPublicKey({ key: { ...key.publicJwk }, format: 'jwk' })
  const prepared = { key: publicKey, dsaEncoding: 'ieee-p1363' }
  const contenders = {
    'node:crypto, bare': async () => crypto.verify('sha256', data, prepared, signed),
    'Scopewise, dpop.verify': () => verifier.verify(requests.get(next()), binding),
    'Scopewise, with memoryReplay': () => storing.verify(requests.get(next()), binding),
    'jose, jwtVerify with EmbeddedJWK, thumbprint and ath': () => byJose(next(), accessToken, key.thumbprint),
  }
  const rows = await measurePaired(contenders, { reference: 'node:crypto, bare', rounds, isAsync: true })
  return table(
    ['', 'ES256 proof'],
    rows.map(({ name, ratio, low, high, microseconds }) => [
      name,
      `${percent(ratio)} (${percent(low)}-${percent(high)}), ${microseconds.toFixed(1)} us`,
    ]),
  )
}

async function byJose(proof, accessToken, thumbprint) {
  const { payload, protectedHeader } = await jose.jwtVerify(proof, jose.EmbeddedJWK, {
    typ: 'dpop+jwt',
    algorithms: ['ES256'],
    maxTokenAge: 300,
  })
  const ath = crypto.createHash('sha256').update(accessToken).digest('base64url')
  const isGood =
    payload.htm === 'POST' &&
    payload.htu === URL_OF_API &&
    payload.ath === ath &&
    (await jose.calculateJwkThumbprint(protectedHeader.jwk)) === thumbprint
  if (!isGood) throw new Error('The proof is not good.')
}

const percent = (ratio) => `${(ratio * 100).toFixed(0)} %`
