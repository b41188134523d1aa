import { finishAuthorization } from '../authorization/finish.js'
import { type AuthorizationRequest, startAuthorization } from '../authorization/start.js'
import type { OAuthClient, OidcScope } from '../client/client.js'
import { OAuthClientError } from '../errors.js'
import type { Tokens } from '../token-endpoint/tokens.js'

/** A channel, and not `window.opener`: a server whose pages isolate themselves (COOP) severs the two windows. */
const CHANNEL = 'scopewise:login'

export interface PopupOptions {
  /** Opens a window. It is called at once, while the user's click still counts. @default window.open */
  readonly open?: (() => PopupWindow | null) | undefined
  /** Seconds until the login is given up. @default 600 */
  readonly timeout?: number | undefined
}

/** As much of a window as a login needs. */
export interface PopupWindow {
  readonly location: { href: string }
  close(): void
}

/**
 * Makes the interaction that keeps the page: the login happens in a window of its own, whose page at the redirect URI calls
 * `reportPopup()`. A window that the user closed can't be told from one that is isolated, so such a login ends with its time, or with
 * the next one.
 *
 * @throws {OAuthClientError} interaction_failed when the window was blocked or the time is over, and what a login leads to
 */
export function popupInteraction<S extends string>(
  client: OAuthClient<S>,
  { open = openCentred, timeout = 600 }: PopupOptions = {},
): (request: AuthorizationRequest<S>) => Promise<Tokens<S | OidcScope>> {
  let abandon: (() => void) | undefined
  return async (request) => {
    abandon?.()
    const popup = open()
    if (!popup) throw new OAuthClientError('interaction_failed', 'The window was blocked: open it from a click')
    const channel = new BroadcastChannel(CHANNEL)
    try {
      const { url } = await startAuthorization(client, request)
      const { state } = Object.fromEntries(url.searchParams)
      const came = nextResponse(channel, timeout, state, (end) => {
        abandon = end
      })
      popup.location.href = url.href
      return (await finishAuthorization(client, await came, { session: request.session })).tokens
    } finally {
      channel.close()
      popup.close()
    }
  }
}

/** The next response for this login; with a pushed request its state is not in sight, and finishing it tells. */
function nextResponse(
  channel: BroadcastChannel,
  timeout: number,
  state: string | undefined,
  onWait: (end: () => void) => void,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const giveUp = (sentence: string) => () => reject(new OAuthClientError('interaction_failed', sentence))
    const timer = setTimeout(giveUp(`Nobody came back from the login within ${timeout} s`), timeout * 1000)
    onWait(giveUp('Another login was started in its place'))
    channel.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      if (typeof data !== 'string' || !URL.canParse(data)) return
      if (state !== undefined && new URL(data).searchParams.get('state') !== state) return
      clearTimeout(timer)
      resolve(data)
    })
  })
}

/**
 * For the page at the redirect URI: hands the response to the page that opened the window, and closes the window. False when this
 * address is no authorization response.
 */
export function reportPopup(href: string = location.href): boolean {
  if (!new URL(href).searchParams.has('state')) return false
  const channel = new BroadcastChannel(CHANNEL)
  channel.postMessage(href)
  channel.close()
  globalThis.close()
  return true
}

function openCentred(): PopupWindow | null {
  const left = Math.max(0, (screen.width - 500) / 2)
  return window.open('about:blank', '_blank', `popup,width=500,height=700,left=${left},top=80`)
}
