import { endSessionUrl } from '../endpoints/end-session.js'
import { isOAuthClientError } from '../errors.js'
import { readText } from '../http/json.js'
import { answer, problem } from './answers.js'
import { endSession, findSession, noSession, noteLogout } from './session.js'
import type { Settings } from './settings.js'

/** Ends the session of a page, which then goes to the `url` of the answer: where the server has a page for it, it signs out there too. */
export async function logOut<S extends string>(settings: Settings<S>, request: Request): Promise<Response> {
  const session = await findSession(settings, request)
  if (session) await endSession(settings, session.manager)
  const url = session ? await serverPage(settings, session.tokens.idToken) : '/'
  return answer({ url }, [noSession()])
}

async function serverPage<S extends string>(
  { client, postLogoutRedirectUri }: Settings<S>,
  idTokenHint: string | undefined,
): Promise<string> {
  try {
    return (await endSessionUrl(client, { idTokenHint, postLogoutRedirectUri })).href
  } catch (error) {
    // No such page, or no metadata just now: signed out here is what counts.
    if (isOAuthClientError(error)) return '/'
    throw error
  }
}

/** Characters; no logout token comes near. */
const MAX_FORM = 65_536

/** Takes a logout token from the server: the sessions it names are over at once. OpenID Connect Back-Channel Logout 1.0 §2.5, §2.8. */
export async function takeLogoutToken<S extends string>(settings: Settings<S>, request: Request): Promise<Response> {
  const { backchannel, client } = settings
  if (!backchannel) return problem('not_found', 'This backend takes no logout tokens')
  try {
    const tokens = new URLSearchParams(await readText(request.body, MAX_FORM)).getAll('logout_token')
    const [jwt = '', another] = tokens
    if (another !== undefined) return problem('invalid_request', 'There is more than one logout_token')
    await noteLogout(settings, await backchannel(client, jwt))
    return answer({})
  } catch (error) {
    if (!isOAuthClientError(error)) throw error
    return error.isRetryable
      ? problem('unavailable', 'The logout token could not be checked just now')
      : problem('invalid_request', 'The logout token was refused')
  }
}
