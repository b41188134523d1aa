import type { SigningAlgorithm } from '../engine/algorithms.js'

/** A key out of a PEM text: its DER, and the algorithm that its kind is for by default. */
export interface PemKey {
  readonly format: 'spki' | 'pkcs8'
  readonly der: Uint8Array<ArrayBuffer>
  readonly algorithm: SigningAlgorithm
}

/** Why other kinds of PEM can't be used, and the command that makes a usable one of them. */
const ADVICE: Readonly<Record<string, string>> = {
  'RSA PRIVATE KEY': 'it is PKCS #1: convert it with `openssl pkcs8 -topk8 -nocrypt -in key.pem`',
  'EC PRIVATE KEY': 'it is SEC 1: convert it with `openssl pkcs8 -topk8 -nocrypt -in key.pem`',
  'EC PARAMETERS': 'it is SEC 1: convert it with `openssl pkcs8 -topk8 -nocrypt -in key.pem`',
  'ENCRYPTED PRIVATE KEY':
    'it is encrypted: decrypt it with `openssl pkcs8 -in key.pem`, or with createPrivateKey of node:crypto',
  'RSA PUBLIC KEY': 'it is PKCS #1: convert it with `openssl rsa -RSAPublicKey_in -pubout -in key.pem`',
  CERTIFICATE:
    'it is a certificate: take the key out of it with `openssl x509 -pubkey -noout -in cert.pem`. Nothing about a certificate would be checked here',
  'OPENSSH PRIVATE KEY': 'it is an OpenSSH key: convert it with `ssh-keygen -p -m PKCS8 -f key`',
}

/** The object identifiers of key types and curves, as DER, and what such a key is for by default. RFC 3279, RFC 5480, RFC 8410, RFC 9881. */
const IDENTIFIERS: readonly (readonly [string, SigningAlgorithm])[] = [
  ['06092a864886f70d010101', 'RS256'],
  ['06072a8648ce3d020106082a8648ce3d030107', 'ES256'],
  ['06072a8648ce3d020106052b81040022', 'ES384'],
  ['06072a8648ce3d020106052b81040023', 'ES512'],
  ['06032b6570', 'EdDSA'],
  ['0609608648016503040311', 'ML-DSA-44'],
  ['0609608648016503040312', 'ML-DSA-65'],
  ['0609608648016503040313', 'ML-DSA-87'],
]

/**
 * Reads one key from a PEM text: PKCS #8 (`PRIVATE KEY`) or SPKI (`PUBLIC KEY`). RFC 7468 §10 and §13. Reads no further
 * into the key than to its type and curve; the import checks the rest.
 */
export function readPem(text: string): PemKey | { readonly refusal: string } {
  const blocks = [...text.matchAll(/-----BEGIN ([A-Z0-9 ]{1,40})-----([^-]*)-----END \1-----/g)]
  const [block, ...others] = blocks
  if (!block) return { refusal: 'it is not a PEM text' }
  const [, label = '', body = ''] = block
  if (others.length > 0 && label !== 'EC PARAMETERS') return { refusal: 'the PEM text holds more than one key' }
  const format = label === 'PRIVATE KEY' ? 'pkcs8' : label === 'PUBLIC KEY' ? 'spki' : undefined
  if (!format) return { refusal: ADVICE[label] ?? 'the PEM text holds neither a PRIVATE KEY nor a PUBLIC KEY' }
  const der = decodeBase64(body.replace(/\s/g, ''))
  const algorithm = der && identify(der)
  if (!algorithm) return { refusal: 'its type or curve is not one that tokens are signed with' }
  return { format, der, algorithm }
}

function decodeBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
  } catch {
    return undefined
  }
}

/** SPKI and PKCS #8 name the type within their first bytes: two headers, in PKCS #8 a version between them. RFC 5280 §4.1, RFC 5958 §2. */
function identify(der: Uint8Array): SigningAlgorithm | undefined {
  const head = Array.from(der.subarray(0, 40), (byte) => byte.toString(16).padStart(2, '0')).join('')
  const start = /^30(?:[0-7].|81..|82....)(?:020100|020101)?30[0-7]./.exec(head)
  if (!start) return undefined
  const rest = head.slice(start[0].length)
  return IDENTIFIERS.find(([identifier]) => rest.startsWith(identifier))?.[1]
}
