import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { finishAuthorization } from '../authorization/finish.js'
import { memoryTransactions } from '../authorization/memory-transactions.js'
import { type AuthorizationRequest, startAuthorization } from '../authorization/start.js'
import type { OAuthClient, OidcScope } from '../client/client.js'
import { isOAuthClientError, OAuthClientError } from '../errors.js'
import type { Tokens } from '../token-endpoint/tokens.js'
import { openBrowser } from './open-browser.js'

export interface LoopbackOptions {
  /** Shows the URL to the user. @default openBrowser */
  readonly open?: ((url: URL) => unknown) | undefined
  /** The path of the redirect URI `http://127.0.0.1:PORT/callback`; register it without a port. @default '/callback' */
  readonly path?: string | undefined
  /** @default 0, any free one: RFC 8252 §7.3 makes servers take each */
  readonly port?: number | undefined
  /** Seconds until the login is given up. @default 600 */
  readonly timeout?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Makes the interaction of a command line: the user signs in with the browser, which comes back to a server that listens on this
 * machine alone, for this one login. RFC 8252 §7.3 and §8.3. Foreign requests are turned away and end nothing.
 *
 * @throws {OAuthClientError} interaction_failed when the time is over, and what a login leads to
 */
export function loopbackInteraction<S extends string>(
  client: OAuthClient<S>,
  options: LoopbackOptions = {},
): (request: AuthorizationRequest<S>) => Promise<Tokens<S | OidcScope>> {
  const { open = openBrowser, path = '/callback', port = 0, timeout = 600, signal } = options
  return async (request) => {
    signal?.throwIfAborted()
    const listener = await listen(port)
    const redirectUri = `${listener.origin}${path}`
    const own: OAuthClient<S> = { ...client, redirectUri, transactions: client.transactions ?? memoryTransactions() }
    try {
      const { url } = await startAuthorization(own, request)
      const tokens = new Promise<Tokens<S | OidcScope>>((resolve, reject) => {
        const sentence = `Nobody came back from the login within ${timeout} s`
        listener.timer = setTimeout(() => reject(new OAuthClientError('interaction_failed', sentence)), timeout * 1000)
        signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
        listener.answer = async (target) => {
          if (target.pathname !== path || !target.searchParams.has('state')) return 404
          try {
            resolve((await finishAuthorization(own, target, { session: request.session })).tokens)
            return 200
          } catch (error) {
            // Anybody on this machine can send a request: what is not of this login must not end it.
            if (!isOAuthClientError(error) || error.code !== 'unknown_transaction') reject(error)
            return 400
          }
        }
      })
      // Also while the browser is being opened the login may end.
      tokens.catch(() => undefined)
      await open(url)
      return await tokens
    } finally {
      listener.close()
    }
  }
}

interface Listener {
  readonly origin: string
  /** Decides on a request: the status of the page that the user sees. */
  answer: (target: URL) => Promise<number>
  timer: ReturnType<typeof setTimeout> | undefined
  close(): void
}

async function listen(port: number): Promise<Listener> {
  const server = createServer((request, response) => void respond(listener, request, response))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    // RFC 8252 §8.3: the loopback interface alone, and by its address, since a name can be turned elsewhere.
    server.listen(port, '127.0.0.1', resolve)
  }).catch((cause: unknown) => {
    throw new OAuthClientError('interaction_failed', `Port ${port} of this machine is not free`, { cause })
  })
  const address = server.address()
  const listener: Listener = {
    origin: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : port}`,
    answer: async () => 404,
    timer: undefined,
    close() {
      clearTimeout(listener.timer)
      server.close()
      // The page has been answered with `connection: close`; what is still open is nobody's.
      setTimeout(() => server.closeAllConnections(), 500).unref()
    },
  }
  return listener
}

const TEXTS: Readonly<Record<number, string>> = {
  200: 'You are signed in. You can close this window.',
  400: 'Signing in failed. You can close this window and look at the command line.',
  404: 'There is nothing here.',
}

async function respond(listener: Listener, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const target = new URL(request.url ?? '/', listener.origin)
  // A page out there can make a name of its own point here; its requests say so in Host.
  const isOwn = request.method === 'GET' && `http://${request.headers.host}` === listener.origin
  const status = isOwn && target.origin === listener.origin ? await listener.answer(target) : 404
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'",
    'referrer-policy': 'no-referrer',
    connection: 'close',
  })
  response.end(TEXTS[status])
}
