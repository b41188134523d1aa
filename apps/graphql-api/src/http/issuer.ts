import type { Origins } from '../settings/origins.js'
import { readOnly } from './answers.js'
import type { Fetch } from './hosts.js'

/** The issuer's origin: the authorization server, and a way back for who opened the page here. */
export function createIssuerSide(options: { origins: Origins; health: Fetch; authorizationServer: Fetch }): Fetch {
  const { origins, health, authorizationServer } = options
  const routes = new Map<string, Fetch>([
    [
      '/',
      readOnly(
        () =>
          new Response(null, { status: 302, headers: { location: `${origins.api}/`, 'cache-control': 'no-store' } }),
      ),
    ],
    ['/healthz', health],
  ])
  return async (request) => (routes.get(new URL(request.url).pathname) ?? authorizationServer)(request)
}
