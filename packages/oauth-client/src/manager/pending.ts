import type { Pending } from './record.js'

/**
 * Decides what the note of an earlier sender means: wait for its answer, send (again), or give up, since a used refresh token that comes
 * again looks like theft. A lost answer is asked for once more, and only while the server is known to give it again. CL-07. Pure.
 *
 * @param now epoch seconds
 * @param retryWindow seconds
 */
export function decideResend(
  pending: Pending | undefined,
  now: number,
  retryWindow: number,
  unsafeResend: boolean,
): 'send' | 'wait' | 'lost' {
  if (!pending) return 'send'
  if (!pending.isLost && now < pending.until) return 'wait'
  return unsafeResend || (pending.tries < 2 && now < pending.sentAt + retryWindow) ? 'send' : 'lost'
}

const NEVER_CONNECTED: readonly unknown[] = [
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'ConnectionRefused',
]

/** Whether a request has certainly not reached the server, by what runtimes say about it. */
export function isUnsent(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause)
    if ('code' in at && NEVER_CONNECTED.includes(at.code)) return true
  return globalThis.navigator?.onLine === false
}
