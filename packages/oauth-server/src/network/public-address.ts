import { type Address, type Block, isInBlock, parseAddress, parseBlock } from './address.js'

const blocks = (...texts: readonly string[]): readonly Block[] => texts.flatMap((text) => parseBlock(text) ?? [])

/** IPv4 that is not, or not only, somebody's server on the internet. IANA IPv4 Special-Purpose Address Registry. */
const SPECIAL_IPV4 = blocks(
  '0.0.0.0/8', //         this network
  '10.0.0.0/8', //        private
  '100.64.0.0/10', //     shared, also the metadata of a cloud
  '127.0.0.0/8', //       loopback
  '168.63.129.16', //     public by its number, and inside of a cloud its host agent
  '169.254.0.0/16', //    link-local, also the metadata of most clouds
  '172.16.0.0/12', //     private
  '192.0.0.0/24', //      protocol assignments
  '192.0.2.0/24', //      documentation
  '192.88.99.0/24', //    6to4 relays
  '192.168.0.0/16', //    private
  '198.18.0.0/15', //     benchmarks
  '198.51.100.0/24', //   documentation
  '203.0.113.0/24', //    documentation
  '224.0.0.0/4', //       multicast
  '240.0.0.0/4', //       reserved, broadcast
)

/** All that is routed on the internet lies here: loopback, unique local, link-local, site-local and multicast addresses don't. RFC 4291 §2.4 */
const GLOBAL_IPV6 = blocks('2000::/3')
const SPECIAL_IPV6 = blocks(
  '2001::/23', //         protocol assignments, Teredo among them
  '2001:db8::/32', //     documentation
  '2002::/16', //         6to4: an IPv4 address in disguise
  '3fff::/20', //         documentation
)
/** NAT64 reaches the IPv4 address in its last 32 bits. RFC 6052 §2.1 */
const NAT64 = blocks('64:ff9b::/96')

/** Whether an address may be asked on behalf of a stranger: a host on the public internet, by whatever road. RFC 6890. */
export function isPublicAddress(text: string): boolean {
  const address = parseAddress(text)
  return address !== undefined && isPublic(address)
}

function isPublic(address: Address): boolean {
  const isIn = (list: readonly Block[]) => list.some((block) => isInBlock(address, block))
  if (address.length === 4) return !isIn(SPECIAL_IPV4)
  if (isIn(NAT64)) return isPublic(address.slice(12))
  return isIn(GLOBAL_IPV6) && !isIn(SPECIAL_IPV6)
}
