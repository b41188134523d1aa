/** The end of a socket: with its token, or when that is revoked. */
import type { VerifiedAccessToken } from '@scopewise/token-core'
import type { Clock } from '../serve/expiry.js'
import type { OnRevoke } from '../serve/lifecycle.js'
import type { SocketContext } from './presented.js'

/** What sockets are closed with: the codes of graphql-ws for what HTTP answers with 400, 401 and 403. */
const REASONS = { 4400: 'Bad Request', 4401: 'Unauthorized', 4403: 'Forbidden' } as const

/** Closes a socket, if its adapter shows it. */
export function closeSocket({ extra }: SocketContext, code: keyof typeof REASONS): void {
  const socket: unknown = typeof extra === 'object' && extra !== null && 'socket' in extra ? extra.socket : undefined
  if (typeof socket === 'object' && socket !== null && 'close' in socket && typeof socket.close === 'function')
    socket.close(code, REASONS[code])
}

/** Closes a socket when its token ends. Answers how to stop watching. */
export function watchToken<S extends string, C>(
  socket: SocketContext,
  token: VerifiedAccessToken<C, S> | undefined,
  clock: Clock,
  onRevoke: OnRevoke<S, C> | undefined,
): () => void {
  if (!token) return () => undefined
  // Streams tell their end first: what they say is on its way once the promises of this moment are settled.
  const end = (code: keyof typeof REASONS) => {
    setTimeout(() => closeSocket(socket, code), 0)
  }
  const disarm = clock.schedule(() => end(4401), token.claims.exp - clock.now())
  const forget = onRevoke?.(token, () => end(4403))
  return () => {
    disarm()
    forget?.()
  }
}
