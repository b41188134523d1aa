/** The prime of the field, and the constant of the curve -x² + y² = 1 + d·x²·y². RFC 8032 §5.1. */
const P = 0x7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffedn
const D = 37095705934669439343138083508754565189542113879843219016388785533085940283555n

/** The y of the points of order 8; those of order 1, 2 and 4 have y = 1, -1 and 0. */
const ORDER_8 = 2707385501144840649318225287225658788936804267575313519463743609750303402022n

/**
 * Why 32 bytes are no Ed25519 public key to trust, or undefined. RFC 8032 §5.1.3: the runtimes take any bytes. A point of
 * small order would verify signatures that nobody made.
 */
export function refuseEd25519(bytes: Uint8Array): string | undefined {
  const y = littleEndian(bytes) & (P + 18n)
  if (y >= P) return 'its point is not on the curve'
  // x² = (y² - 1) / (d·y² + 1) has a root when numerator times denominator is a square.
  const square = ((y * y - 1n) * (D * y * y + 1n)) % P
  if (power((square + P) % P, (P - 1n) / 2n) === P - 1n) return 'its point is not on the curve'
  return [0n, 1n, P - 1n, ORDER_8, P - ORDER_8].includes(y) ? 'its point has small order' : undefined
}

function littleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((number, byte) => number * 256n + BigInt(byte), 0n)
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n
  for (const bit of exponent.toString(2)) {
    result = (result * result) % P
    if (bit === '1') result = (result * base) % P
  }
  return result
}
