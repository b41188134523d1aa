import type { DpopBinding, DpopVerifier } from '../dpop/verify.js'
import { sha256 } from '../encoding/random.js'
import type { PublicJwk } from '../keys/jwk.js'
import type { SigningKey } from '../keys/signing-key.js'
import { forge, NOW } from './fixtures.js'

export const API = 'https://api.example/graphql'
export const TOKEN = 'an.access.token'

/** The public key as a client puts it into a proof. */
export function bareJwk({ publicJwk }: SigningKey): PublicJwk {
  const { kid: _kid, use: _use, alg: _alg, ...jwk } = publicJwk
  return jwk
}

export const proofHeader = (key: SigningKey, more: object = {}) => ({
  typ: 'dpop+jwt',
  alg: key.alg,
  jwk: bareJwk(key),
  ...more,
})

/** Claims of a proof that goes with {@link TOKEN} to {@link API}. */
export const proofClaims = { jti: 'j-1', htm: 'POST', htu: API, iat: NOW, ath: await sha256(TOKEN) }

/** A proof of whatever it is given. */
export const forgeProof = (key: SigningKey, claims: object = {}, header: object = {}) =>
  forge(key, proofHeader(key, header), { ...proofClaims, ...claims })

export function requestWith(proof: string | readonly string[] | undefined, url = API, method = 'POST') {
  const headers = new Headers()
  for (const value of proof === undefined ? [] : [proof].flat()) headers.append('dpop', value)
  return { headers, url, method }
}

export const prove = (verifier: DpopVerifier, proof: string, binding: DpopBinding = { accessToken: TOKEN }) =>
  verifier.verify(requestWith(proof), binding)
