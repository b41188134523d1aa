/** Bits per status. draft-ietf-oauth-status-list §4.1. */
export type StatusBits = 1 | 2 | 4 | 8

export function isStatusBits(value: unknown): value is StatusBits {
  return value === 1 || value === 2 || value === 4 || value === 8
}

/**
 * Packs statuses into bytes, the first one into the lowest bits. draft-ietf-oauth-status-list §4.1.
 * @throws {TypeError} for a status that the bits can't hold
 */
export function packStatuses(statuses: ArrayLike<number>, bits: StatusBits): Uint8Array<ArrayBuffer> {
  const perByte = 8 / bits
  const bytes = new Uint8Array(Math.ceil(statuses.length / perByte))
  for (let index = 0; index < statuses.length; index++) {
    const status = statuses[index]
    if (status === undefined || !Number.isInteger(status) || status < 0 || status >= 2 ** bits)
      throw new TypeError(`A status of ${bits} bits is a whole number from 0 to ${2 ** bits - 1}.`)
    const at = Math.floor(index / perByte)
    bytes[at] = (bytes[at] ?? 0) | (status << ((index % perByte) * bits))
  }
  return bytes
}

/** The status at an index, or undefined when the list is shorter. */
export function readStatus(bytes: Uint8Array, bits: StatusBits, index: number): number | undefined {
  const perByte = 8 / bits
  const byte = bytes[Math.floor(index / perByte)]
  return byte === undefined ? undefined : (byte >> ((index % perByte) * bits)) & (2 ** bits - 1)
}
