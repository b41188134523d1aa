import type { DeviceOrigin, Language } from '../config/pages.js'
import type { Context } from '../context.js'
import { readableAddress } from '../network/address.js'
import { compareNetworks, findClientAddress } from '../network/client-address.js'

/** The address that a request comes from, as it is kept and shown. */
export function addressOf({ config }: Pick<Context, 'config'>, http: Request): string | undefined {
  const address = findClientAddress(http, config.operations)
  return address === undefined ? undefined : readableAddress(address)
}

/** Where a device asked from, for the person who is to allow it: it may be somebody else's. RFC 8628 §5.4. */
export async function describeOrigin(
  context: Context,
  http: Request,
  requestedFrom: string | undefined,
  language: Language,
): Promise<DeviceOrigin | undefined> {
  if (requestedFrom === undefined) return undefined
  const own = addressOf(context, http)
  const network = own === undefined ? 'unknown' : compareNetworks(requestedFrom, own)
  return { address: requestedFrom, place: await placeOf(context, requestedFrom, language), network }
}

async function placeOf({ config, emit }: Context, address: string, language: Language): Promise<string | undefined> {
  try {
    return await config.operations.describeAddress?.(address, language)
  } catch (cause) {
    // The address is shown all the same: a directory of places that is away must keep nobody from their device.
    emit('error', { where: 'describeAddress', cause })
    return undefined
  }
}
