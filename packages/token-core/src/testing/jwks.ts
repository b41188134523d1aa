import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { KeySource } from '../keys/key-source.js'
import { type RemoteKeys, remoteKeys } from '../keys/remote.js'
import type { RemoteKeysEvent, RemoteKeysOptions } from '../keys/remote-options.js'
import { codeOf, NOW } from './fixtures.js'

export const JWKS_URL = 'https://auth.example/jwks'

export const jwks = (...keys: readonly { publicJwk: object }[]) =>
  Response.json({ keys: keys.map(({ publicJwk }) => publicJwk) })

export interface Endpoint {
  readonly source: RemoteKeys
  readonly state: {
    answer: () => Response | Promise<Response>
    calls: number
    now: number
    readonly requests: Headers[]
    readonly inits: (RequestInit | undefined)[]
    readonly events: RemoteKeysEvent[]
  }
}

/** Answers with a settable response, counts its calls, and has a settable clock. No jitter unless `random` says so. */
export function endpoint(answer: () => Response | Promise<Response>, options: RemoteKeysOptions = {}): Endpoint {
  const state: Endpoint['state'] = { answer, calls: 0, now: NOW, requests: [], inits: [], events: [] }
  const fetch = async (_: unknown, init?: RequestInit) => {
    state.calls++
    state.inits.push(init)
    state.requests.push(new Headers(init?.headers))
    return state.answer()
  }
  const source = remoteKeys(JWKS_URL, {
    fetch,
    now: () => state.now,
    random: () => 0,
    onEvent: (event) => state.events.push(event),
    ...options,
  })
  return { state, source }
}

/** How finding a key ends. */
export const find = (source: KeySource, kid: string | undefined, alg = 'ES256') =>
  codeOf(Promise.resolve(source.find({ alg, kid, typ: undefined })))

/** How looking at a key without waiting ends. */
export const look = (source: KeySource, kid: string | undefined, alg = 'ES256') =>
  codeOf(() => {
    if (!source.findSync?.({ alg, kid, typ: undefined }))
      throw Object.assign(new Error(), { name: 'TokenError', code: 'not yet' })
  })

/** Lets what is underway in the background come to its end. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
}

/** A real server on a free loopback port. */
export async function listen(listener: RequestListener) {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // A TCP server has an address with a port.
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/jwks`,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
