import { type AuthorizationRequest, startAuthorization } from '../authorization/start.js'
import type { OAuthClient } from '../client/client.js'

export interface RedirectOptions {
  /** @default the page's own */
  readonly location?: Pick<Location, 'assign' | 'pathname' | 'search' | 'hash'> | undefined
}

/**
 * Makes the interaction that leaves the page: for `createFetch`, and for a sign-in button. The user comes back to the redirect URI,
 * where `finishAuthorization` says with `returnTo` which page was left. The promise never resolves, since the page ends.
 */
export function redirectInteraction<S extends string>(
  client: OAuthClient<S>,
  { location = globalThis.location }: RedirectOptions = {},
): (request: AuthorizationRequest<S>) => Promise<never> {
  return async (request) => {
    const returnTo = request.returnTo ?? `${location.pathname}${location.search}${location.hash}`
    const { url } = await startAuthorization(client, { ...request, returnTo })
    location.assign(url.href)
    return new Promise<never>(() => undefined)
  }
}
