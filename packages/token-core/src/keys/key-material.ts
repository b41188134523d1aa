import type { SigningAlgorithm } from '../engine/algorithms.js'
import { algorithmFacts } from '../engine/algorithms.js'
import { importParameters } from '../engine/web.js'
import { type PrivateJwk, type PublicJwk, privateMembers, publicMembers } from './jwk.js'
import { type PemKey, readPem } from './pem.js'

/** A CryptoKey of WebCrypto, by its form: its type is not known wherever this package is used. */
export interface WebKey {
  readonly type: string
  readonly extractable: boolean
  readonly algorithm: { readonly name: string }
  readonly usages: readonly string[]
}

/** A KeyObject of `node:crypto`, by its form. */
export interface NodeKey {
  readonly type: 'public' | 'private' | 'secret'
  export(options: { format: 'jwk' }): object
}

/** A public key in any of the forms that are imported: JWK, PEM (`PUBLIC KEY`), CryptoKey, KeyObject. */
export type PublicKeyMaterial = PublicJwk | string | WebKey | NodeKey

/** A private key in any of the forms that are imported: JWK, PEM (`PRIVATE KEY`), CryptoKey, KeyObject. */
export type PrivateKeyMaterial = PrivateJwk | string | WebKey | NodeKey

/** What a key does not say of itself. */
export interface ImportKeyOptions {
  /** By default what the key says, else RS256, the ES algorithm of its curve, or EdDSA. */
  readonly algorithm?: SigningAlgorithm | undefined
  /** By default what the key says. */
  readonly kid?: string | undefined
}

type Refusal = { readonly refusal: string }
type Half = 'public' | 'private'

/**
 * Turns a key of any form into a JWK that has yet to be checked, or says why it can't be one. What the options say must
 * not contradict the key.
 */
export async function toJwk(key: unknown, half: Half, options: ImportKeyOptions): Promise<object | Refusal> {
  const read = typeof key === 'string' ? await jwkOfPem(key, half) : await jwkOfObject(key, half)
  if ('refusal' in read) return read
  const { algorithm = read.alg, kid = read.kid } = options
  if (read.alg !== undefined && algorithm !== read.alg) return { refusal: `its alg is not ${algorithm}` }
  return { ...read, ...(algorithm !== undefined && { alg: algorithm }), ...(kid !== undefined && { kid }) }
}

type Read = { readonly alg?: unknown; readonly kid?: unknown; readonly [name: string]: unknown }

async function jwkOfObject(key: unknown, half: Half): Promise<Read | Refusal> {
  if (typeof key !== 'object' || key === null)
    return { refusal: 'it is neither a JWK, nor PEM, CryptoKey or KeyObject' }
  if (isWebKey(key)) return wrongHalf(key.type, half) ?? jwkOfWebKey(key)
  if (isNodeKey(key)) return wrongHalf(key.type, half) ?? jwkOfNodeKey(key)
  const jwk: Read = { ...key }
  // Some runtimes export members that are undefined, so a name alone says nothing.
  if (jwk['k'] !== undefined) return wrongHalf('secret', half) ?? jwk
  if (jwk['d'] !== undefined || jwk['priv'] !== undefined) return wrongHalf('private', half) ?? jwk
  return jwk
}

function isWebKey(key: object): key is WebKey {
  return 'extractable' in key && 'algorithm' in key && 'usages' in key
}

function isNodeKey(key: object): key is NodeKey {
  return 'export' in key && typeof key.export === 'function' && 'type' in key
}

function wrongHalf(type: string, half: Half): Refusal | undefined {
  if (type === half) return undefined
  if (type === 'secret') return { refusal: 'it is a secret, and only importSecretKey takes one' }
  return {
    refusal:
      half === 'public'
        ? 'it is a private key: give its public half, such as `signingKey.publicJwk`'
        : 'it is a public key, and only a private one can sign',
  }
}

async function jwkOfWebKey(key: WebKey): Promise<Read | Refusal> {
  if (!key.extractable) return { refusal: 'it is not extractable: give both halves, as a CryptoKeyPair' }
  // Told by its form.
  const { alg, ...jwk } = await crypto.subtle.exportKey('jwk', key as unknown as CryptoKey)
  // Runtimes name these differently (Deno: `ECDH`), or not at all; the curve tells the algorithm, and the caller may.
  return jwk.kty === 'OKP' || jwk.kty === 'EC' || alg === undefined ? { ...jwk } : { ...jwk, alg }
}

function jwkOfNodeKey(key: NodeKey): Read | Refusal {
  try {
    return { ...key.export({ format: 'jwk' }) }
  } catch {
    return { refusal: 'its type is not one that tokens are signed with' }
  }
}

async function jwkOfPem(text: string, half: Half): Promise<Read | Refusal> {
  const pem = readPem(text)
  if ('refusal' in pem) return pem
  return wrongHalf(pem.format === 'pkcs8' ? 'private' : 'public', half) ?? jwkOfDer(pem)
}

async function jwkOfDer({ format, der, algorithm }: PemKey): Promise<Read | Refusal> {
  const { subtle } = crypto
  try {
    const usage = format === 'pkcs8' ? 'sign' : 'verify'
    const key = await subtle.importKey(format, der, importParameters(algorithmFacts(algorithm)), true, [usage])
    // A JWK that was exported has all members of its kind.
    const jwk = (await subtle.exportKey('jwk', key)) as PrivateJwk
    const members =
      format === 'pkcs8' ? privateMembers({ ...jwk, alg: algorithm }) : publicMembers({ ...jwk, alg: algorithm })
    return members
  } catch {
    // No cause: it might quote the key.
    return { refusal: `its DER does not form a valid key, or this runtime does not have ${algorithm}` }
  }
}
