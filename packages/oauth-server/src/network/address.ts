/** An IP address as its bytes: 4 or 16 of them. */
export type Address = readonly number[]

/**
 * Reads an IPv4 or IPv6 address in any of its textual forms; a zone is dropped, and an IPv4-mapped address is the IPv4
 * address it stands for. Undefined for anything else. RFC 4291 §2.2.
 */
export function parseAddress(text: string): Address | undefined {
  if (!text.includes(':')) return parseIpv4(text)
  const bytes = parseIpv6(text.split('%', 1)[0] ?? '')
  return bytes && isMapped(bytes) ? bytes.slice(12) : bytes
}

// RFC 3986 §3.2.2: decimal without leading zeros. What other notations mean differs from one library to the next.
const OCTET = /^(?:0|[1-9]\d{0,2})$/

function parseIpv4(text: string): Address | undefined {
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every((part) => OCTET.test(part))) return undefined
  const bytes = parts.map(Number)
  return bytes.every((byte) => byte < 256) ? bytes : undefined
}

function parseIpv6(text: string): Address | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const [head, tail] = [groups(halves[0] ?? ''), groups(halves[1] ?? '')]
  if (!head || !tail) return undefined
  const missing = 16 - head.length - tail.length
  // `::` stands for at least one group of zeros.
  if (halves.length === 1 ? missing !== 0 : missing < 2) return undefined
  return [...head, ...Array.from({ length: missing }, () => 0), ...tail]
}

/** The bytes of groups between colons, the last of which may be an IPv4 address. */
function groups(text: string): number[] | undefined {
  if (text === '') return []
  const parts = text.split(':')
  const bytes: number[] = []
  for (const [i, part] of parts.entries()) {
    const ipv4 = i === parts.length - 1 && part.includes('.') ? parseIpv4(part) : undefined
    if (ipv4) bytes.push(...ipv4)
    else if (/^[0-9a-f]{1,4}$/i.test(part)) bytes.push(Number.parseInt(part, 16) >> 8, Number.parseInt(part, 16) & 255)
    else return undefined
  }
  return bytes
}

const isMapped = (bytes: Address): boolean =>
  bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255

/** One address as people read it: of several spellings the shortest. RFC 5952 */
export function readableAddress(text: string): string | undefined {
  const address = parseAddress(text)
  if (!address || address.length === 4) return address && formatAddress(address)
  return new URL(`http://[${text.split('%', 1)[0]}]`).hostname.slice(1, -1)
}

/** Addresses that begin with the same bits. */
export interface Block {
  readonly bytes: Address
  readonly bits: number
}

/** Reads `192.0.2.0/24`, `2001:db8::/32` or a single address; undefined for anything else. RFC 4632 §3.1. */
export function parseBlock(text: string): Block | undefined {
  const [address = '', length, ...rest] = text.split('/')
  const bytes = parseAddress(address)
  if (!bytes || rest.length > 0) return undefined
  const bits = length === undefined ? bytes.length * 8 : /^\d{1,3}$/.test(length) ? Number(length) : Number.NaN
  return bits <= bytes.length * 8 ? { bytes, bits } : undefined
}

/** Whether an address lies in a block; never across the two kinds of addresses. */
export function isInBlock(address: Address, { bytes, bits }: Block): boolean {
  if (address.length !== bytes.length) return false
  return bytes.every((byte, i) => {
    const mask = (0xff << Math.max(0, 8 - Math.max(0, bits - i * 8))) & 0xff
    return (byte & mask) === ((address[i] ?? 0) & mask)
  })
}

/** One spelling for each address or, with `bits`, for the block of that size that it lies in. */
export function formatAddress(address: Address, bits: number = address.length * 8): string {
  const masked = address.map((byte, i) => byte & ((0xff << Math.max(0, 8 - Math.max(0, bits - i * 8))) & 0xff))
  const text =
    masked.length === 4 ? masked.join('.') : masked.map((byte) => byte.toString(16).padStart(2, '0')).join('')
  return bits === address.length * 8 ? text : `${text}/${bits}`
}
