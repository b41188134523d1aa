import { type Block, formatAddress, isInBlock, parseAddress } from './address.js'
import { isPublicAddress } from './public-address.js'

export interface AddressSources {
  /** Whose X-Forwarded-For counts. */
  readonly trustedProxies: readonly Block[]
  readonly clientAddress: ((request: Request) => string | undefined) | undefined
}

/**
 * The address of who asks: that of the connection or, where that is a proxy of ours, the last address in X-Forwarded-For that is
 * not. What stands further left was written by whoever asks. Undefined where the platform does not tell.
 */
export function findClientAddress(
  request: Request,
  { trustedProxies, clientAddress }: AddressSources,
): string | undefined {
  // srvx puts it there, on Node, Bun and Deno.
  const { ip }: { ip?: unknown } = request as { ip?: unknown }
  const peer = clientAddress?.(request) ?? (typeof ip === 'string' ? ip : undefined)
  const isOurs = (text: string): boolean => {
    const address = parseAddress(text)
    return address !== undefined && trustedProxies.some((block) => isInBlock(address, block))
  }
  if (peer === undefined || !parseAddress(peer)) return undefined
  if (!isOurs(peer)) return peer
  const forwarded = (request.headers.get('x-forwarded-for') ?? '').split(',').map(withoutPort).reverse()
  for (const hop of forwarded) {
    if (!parseAddress(hop)) break
    if (!isOurs(hop)) return hop
  }
  return peer
}

/** Some proxies add the port: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
function withoutPort(text: string): string {
  const hop = text.trim()
  return /^\[([^\]]+)\](?::\d+)?$/.exec(hop)?.[1] ?? /^([\d.]+):\d+$/.exec(hop)?.[1] ?? hop
}

/** A network that somebody may have to himself, and how many times the limit of the smallest one is its own. */
export interface Network {
  readonly name: string
  readonly share: number
}

/** Sizes of IPv6 networks in which one customer can change his address at will: RFC 6177 §2, RIPE-690. */
const IPV6_NETWORKS = [
  { bits: 64, share: 1 },
  { bits: 56, share: 4 },
  { bits: 48, share: 16 },
] as const

/** The networks of an address, the smallest first: an IPv4 address by itself; the /64, /56 and /48 of an IPv6 address. */
export function networksOf(text: string): readonly Network[] {
  const address = parseAddress(text)
  if (!address) return []
  if (address.length === 4) return [{ name: formatAddress(address), share: 1 }]
  return IPV6_NETWORKS.map(({ bits, share }) => ({ name: formatAddress(address, bits), share }))
}

/**
 * Whether two addresses are in one network, as far as that can be told: not across IPv4 and IPv6, of which a device may have both,
 * and not of addresses that mean something inside of a network only.
 */
export function compareNetworks(one: string, other: string): 'same' | 'other' | 'unknown' {
  const isSameKind = parseAddress(one)?.length === parseAddress(other)?.length
  if (!isSameKind || ![one, other].every(isPublicAddress)) return 'unknown'
  const smallest = (address: string) => networksOf(address)[0]?.name
  return smallest(one) === smallest(other) ? 'same' : 'other'
}
