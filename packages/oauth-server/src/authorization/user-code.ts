import { encodeBase64url } from '@scopewise/token-core/encoding'
import type { Secrets } from '../crypto/secrets.js'

/** Consonants only: no word comes out by chance, and none is mistaken for a digit. 20^8 codes. RFC 8628 §6.1 */
const ALPHABET = 'BCDFGHJKLMNPQRSTVWXZ'
const LENGTH = 8
const NORMAL = new RegExp(`^[${ALPHABET}]{${LENGTH}}$`)

/** A fresh user code, in its normal form. Every letter is equally likely. */
export function createUserCode(): string {
  let code = ''
  while (code.length < LENGTH) {
    // 240 is the largest multiple of 20 that a byte can hold: what lies above would favour some letters.
    const letters = [...crypto.getRandomValues(new Uint8Array(2 * LENGTH))]
      .filter((byte) => byte < 240)
      .map((byte) => ALPHABET.charAt(byte % ALPHABET.length))
    code += letters.join('')
  }
  return code.slice(0, LENGTH)
}

/** What somebody typed, whatever the case, dashes and spaces; undefined for what no code looks like. Pure. */
export function parseUserCode(typed: string): string | undefined {
  const code = typed.replace(/[\s\p{Pd}._]/gu, '').toUpperCase()
  return NORMAL.test(code) ? code : undefined
}

/** As a device shows it: in two halves. */
export const formatUserCode = (code: string): string => `${code.slice(0, LENGTH / 2)}-${code.slice(LENGTH / 2)}`

/** What the store knows a user code by: with a key, since a plain hash of so short a code could be searched. */
export async function userCodeHash(secrets: Secrets, code: string): Promise<string> {
  // Current secret only: a code from before a rotation has to be asked for again.
  const mac = await secrets.mac('user-code', new TextEncoder().encode(code))
  return encodeBase64url(mac ?? crypto.getRandomValues(new Uint8Array(32)))
}
