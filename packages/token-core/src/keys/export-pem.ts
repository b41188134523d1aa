import { algorithmFacts } from '../engine/algorithms.js'
import { importParameters } from '../engine/web.js'
import { type PrivateJwk, type PublicJwk, privateMembers, publicMembers, readJwk } from './jwk.js'

/**
 * Writes a key as PEM: PKCS #8 (`PRIVATE KEY`, not encrypted: a secret) for a private JWK, SPKI (`PUBLIC KEY`) for a
 * public one. RFC 7468 §10 and §13. PEM knows neither `alg` nor `kid`: note them beside it.
 * @throws {TypeError} when the key can't be used
 */
export async function exportPem(jwk: PublicJwk | PrivateJwk): Promise<string> {
  const isPrivate = typeof ('d' in jwk ? jwk.d : 'priv' in jwk ? jwk.priv : undefined) === 'string'
  const [usage, format, label] = isPrivate
    ? (['sign', 'pkcs8', 'PRIVATE KEY'] as const)
    : (['verify', 'spki', 'PUBLIC KEY'] as const)
  const facts = readJwk(jwk, usage)
  if ('refusal' in facts) throw new TypeError(`The key can't be exported: ${facts.refusal}.`)
  const { subtle } = crypto
  const named = { ...jwk, alg: facts.alg }
  // It has a private member.
  const members = isPrivate ? privateMembers(named as PrivateJwk) : publicMembers(named)
  try {
    const key = await subtle.importKey('jwk', members, importParameters(algorithmFacts(facts.alg)), true, [usage])
    return toPem(new Uint8Array(await subtle.exportKey(format, key)), label)
  } catch {
    // No cause: it might quote the key.
    throw new TypeError(
      `The key can't be exported: its members do not form a valid key, or this runtime lacks ${facts.alg}.`,
    )
  }
}

function toPem(der: Uint8Array, label: string): string {
  const base64 = btoa(Array.from(der, (byte) => String.fromCharCode(byte)).join(''))
  return `-----BEGIN ${label}-----\n${base64.replace(/.{1,64}/g, '$&\n')}-----END ${label}-----\n`
}
