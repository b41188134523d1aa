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

/** Milliseconds between two looks at the streams of a socket, and how many looks: one that won't end can't keep it open. */
const LOOK_EVERY = 10
const LOOKS = 100

/** Closes a socket once the last message of its streams is out. */
function closeAfterStreams(socket: SocketContext, code: keyof typeof REASONS, looks = LOOKS): void {
  const isQuiet = Object.keys(socket.subscriptions ?? {}).length === 0
  if (isQuiet || looks === 0) closeSocket(socket, code)
  else setTimeout(() => closeAfterStreams(socket, code, looks - 1), LOOK_EVERY)
}

/** Closes a socket when its token ends. Answers how to stop watching. */
export function watchToken<S extends string, C>(
  socket: SocketContext,
  token: VerifiedAccessToken<C, S> | undefined,
  clock: Clock,
  onRevoke: OnRevoke<S, C> | undefined,
): () => void {
  if (!token) return () => undefined
  // The streams hear of it in the same moment, and tell it first.
  const end = (code: keyof typeof REASONS) => {
    setTimeout(() => closeAfterStreams(socket, code), 0)
  }
  const disarm = clock.schedule(() => end(4401), token.claims.exp - clock.now())
  const forget = onRevoke?.(token, () => end(4403))
  return () => {
    disarm()
    forget?.()
  }
}
