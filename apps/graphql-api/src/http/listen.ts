import { serve } from '@scopewise/oauth-server/node'
import { SetupError } from '../errors.js'
import { codeOf } from '../settings/data-dir.js'
import type { Fetch } from './hosts.js'

export interface Listener {
  readonly port: number
  /** Answers the requests in flight, then frees the port; at most 5 seconds. */
  close(): Promise<void>
}

/** `localhost` is both of these: a browser may choose either, and nobody else may listen on the other one. */
const LOOPBACK = ['127.0.0.1', '::1'] as const
/** How a machine without IPv6 refuses `::1`. */
const NO_SUCH_ADDRESS = ['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EINVAL']

/**
 * Listens on the host, or on all loopback addresses when there is none.
 * @throws {SetupError} when the port is taken or may not be used
 */
export async function listen(options: { port: number; host: string | undefined; fetch: Fetch }): Promise<Listener> {
  const { port, host, fetch } = options
  const [first, second] = host === undefined ? LOOPBACK : [host]
  const one = await bind({ port, host: first, fetch })
  if (second === undefined) return one
  try {
    const other = await bind({ port: one.port, host: second, fetch })
    return { port: one.port, close: async () => void (await Promise.all([one.close(), other.close()])) }
  } catch (error) {
    if (NO_SUCH_ADDRESS.includes(codeOf(error instanceof SetupError ? error.cause : error))) return one
    await one.close()
    throw error
  }
}

async function bind(options: { port: number; host: string; fetch: Fetch }): Promise<Listener> {
  try {
    return await serve(options)
  } catch (cause) {
    throw new SetupError(
      SENTENCES[codeOf(cause)]?.(options) ?? `Can't listen on ${options.host} port ${options.port} (${codeOf(cause)}).`,
      { cause },
    )
  }
}

const SENTENCES: Readonly<Record<string, (at: { port: number; host: string }) => string>> = {
  EADDRINUSE: ({ port }) => `Port ${port} is in use: stop what uses it, or choose another with PORT=${port + 1}.`,
  EACCES: ({ port }) => `Port ${port} is reserved for the system: choose another with PORT=4000.`,
  ENOTFOUND: ({ host }) => `HOST ${host} is no address of this machine.`,
  EADDRNOTAVAIL: ({ host }) => `HOST ${host} is no address of this machine.`,
}
