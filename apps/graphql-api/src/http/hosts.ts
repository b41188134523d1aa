import type { Origins } from '../settings/origins.js'
import { sentence } from './answers.js'

/** Answers a request: what the authorization server, the API and the whole of them are. */
export type Fetch = (request: Request) => Promise<Response>

/**
 * Sends each request to the one side that lives at its Host. RFC 9110 §7.4: one that names neither is misdirected,
 * which also ends DNS rebinding - a page of another name can't talk to the loopback address through its visitor.
 */
export function routeByHost(origins: Origins, sides: { authorizationServer: Fetch; site: Fetch }): Fetch {
  const byHost = new Map<string, Fetch>([
    [new URL(origins.issuer).host, sides.authorizationServer],
    [new URL(origins.api).host, sides.site],
  ])
  return async (request) => {
    const side = byHost.get(request.headers.get('host')?.toLowerCase() ?? '')
    return side?.(request) ?? sentence(421, `This server answers at ${origins.issuer} and ${origins.api} alone.`)
  }
}
