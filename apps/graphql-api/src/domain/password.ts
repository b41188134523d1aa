import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'

/** The cost of one guess: 32 MiB and about a tenth of a second. One setting for all, so that every check takes equally long. */
const COST = { log2N: 15, r: 8, p: 3 } as const
const PREFIX = `$scrypt$ln=${COST.log2N},r=${COST.r},p=${COST.p}$`
const FORMAT = /^\$scrypt\$ln=15,r=8,p=3\$([A-Za-z0-9_-]{22})\$([A-Za-z0-9_-]{43})$/

/** What somebody without an account is checked against: the same work, and no password fits. */
const NOBODY = `${PREFIX}${'A'.repeat(22)}$${'A'.repeat(43)}`

/** Longer ones are refused: nobody types them, and hashing must not be a way to keep the server busy. */
const MAX_LENGTH = 1024

/** Hashes a password with scrypt (RFC 7914), off the main thread, salted. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16)
  const key = await derive(password, salt)
  return `${PREFIX}${salt.toString('base64url')}$${key.toString('base64url')}`
}

/** Whether the text is a hash that {@link hashPassword} made with the costs of today. */
export const isPasswordHash = (text: string): boolean => FORMAT.test(text)

/**
 * Checks a password against a hash. Without a hash (no such user, or one who may not sign in) it does the same
 * work and answers false, so that the time it takes does not tell which names exist.
 */
export async function verifyPassword(password: string, hash: string | undefined): Promise<boolean> {
  const [, salt = '', expected = ''] = FORMAT.exec(hash ?? NOBODY) ?? []
  const key = await derive(password.slice(0, MAX_LENGTH), Buffer.from(salt, 'base64url'))
  const fits = timingSafeEqual(key, Buffer.from(expected, 'base64url'))
  return fits && hash !== undefined && password.length <= MAX_LENGTH
}

function derive(password: string, salt: Uint8Array): Promise<Buffer> {
  const cost = 2 ** COST.log2N
  const options = { N: cost, r: COST.r, p: COST.p, maxmem: 256 * cost * COST.r }
  return new Promise((resolve, reject) => {
    // The same characters may arrive composed or not, depending on the keyboard: NFC, as RFC 8265 §4.2 asks.
    scrypt(password.normalize('NFC'), salt, 32, options, (error, key) => (error ? reject(error) : resolve(key)))
  })
}
