import { createDpopProof, type DpopKey, generateDpopKey } from '@scopewise/token-core/dpop'
import type { ProofOfPossession } from '../client/client.js'
import { createOrigins } from './origins.js'
import { isProofRefused } from './refused.js'

export interface DpopOptions {
  /**
   * Brings the key: asked once. In browsers `indexedDbKey()`, since tokens that outlive the page need the key that they are bound to.
   *
   * @default generateDpopKey, a new key that can't be read, for as long as this process lives
   */
  readonly key?: (() => Promise<DpopKey>) | undefined
  /** The clock, in epoch seconds. */
  readonly now?: (() => number) | undefined
}

/**
 * Makes the proofs of one client: hand it to `createClient`. RFC 9449. The nonce of each server is kept and taken anew from each of its
 * answers; while a server has not answered yet, one request goes ahead and the others wait for the nonce that it brings back. A server
 * whose clock is ahead or behind gets proofs by its own clock, where its `Date` can be read.
 */
export function dpop({ key = generateDpopKey, now = () => Date.now() / 1000 }: DpopOptions = {}): ProofOfPossession {
  let known: Promise<DpopKey> | undefined
  const origins = createOrigins()
  const getKey = () => {
    known ??= key().catch((error: unknown) => {
      known = undefined
      throw error
    })
    return known
  }

  return {
    thumbprint: async () => (await getKey()).thumbprint,
    wrap:
      (send, accessToken, isReplayable = true) =>
      async (input, init) => {
        const request = typeof input === 'string' ? { method: 'GET', url: input, headers: [] } : input
        const { method = request.method, headers = request.headers } = init
        const { url } = request
        const origin = origins(new URL(url).origin)
        const attempt = async (target: string | Request) => {
          const { nonce, offset } = origin
          const proof = await createDpopProof(await getKey(), { method, url, accessToken, nonce, now: now() + offset })
          const proven = new Headers(headers)
          proven.set('dpop', proof)
          const response = await send(target, { ...init, headers: proven })
          return { response, hasLearnt: origin.learn(response.headers, now()) }
        }
        const copy = typeof input === 'string' || !isReplayable ? input : input.clone()
        const { response, hasLearnt } = await origin.first(() => attempt(input))
        // DP-17: once more and no further, and only with something that the first proof lacked.
        if (!isReplayable || !hasLearnt || !(await isProofRefused(response))) return response
        response.body?.cancel().catch(() => undefined)
        return (await attempt(copy)).response
      },
  }
}
