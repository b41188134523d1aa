import { isSigningAlgorithm, type SigningAlgorithm } from '../engine/algorithms.js'
import { currentTime } from '../jwt/time.js'
import type { UseOnce } from '../replay/replay.js'
import type { DpopNonces } from './nonces.js'

/** What `createDpopVerifier` takes. */
export interface DpopVerifierOptions {
  /** Remembers the proofs that were used: `memoryReplay()` in a single process, else a store that all processes share. */
  readonly replay: UseOnce
  /** Demands a nonce of this server in each proof: see `createDpopNonces`. */
  readonly nonces?: DpopNonces | undefined
  /** @default ['ES256', 'Ed25519', 'EdDSA'] */
  readonly algorithms?: readonly SigningAlgorithm[] | undefined
  /** Seconds that a proof is good for after its `iat`, up to 3600. @default 300 */
  readonly lifetime?: number | undefined
  /** Seconds that a client's clock may be ahead, 0 to 60. @default 60 */
  readonly clockTolerance?: number | undefined
  /**
   * The origin that clients reach this server under, such as `https://api.example`, for servers behind a proxy and for
   * requests with a relative URL. By default that of the request's URL.
   */
  readonly origin?: string | undefined
  /** Epoch seconds. */
  readonly now?: (() => number) | undefined
}

/** The options, complete and checked. */
export interface DpopSettings {
  readonly replay: UseOnce
  readonly nonces: DpopNonces | undefined
  readonly algorithms: readonly SigningAlgorithm[]
  readonly lifetime: number
  readonly clockTolerance: number
  readonly now: () => number
  /** The URL that a client asked for. @throws {TypeError} for a relative one without `origin` */
  readonly resolve: (url: string) => string
}

/** @throws {TypeError} with a sentence that says how to mend it */
export function readOptions(options: DpopVerifierOptions): DpopSettings {
  const {
    replay,
    nonces,
    algorithms = ['ES256', 'Ed25519', 'EdDSA'],
    lifetime = 300,
    clockTolerance = 60,
    origin,
  } = options
  if (typeof replay !== 'function')
    throw new TypeError(
      'createDpopVerifier needs replay: memoryReplay() in a single process, else the useOnce of a store.',
    )
  if (algorithms.length === 0 || !algorithms.every(isSigningAlgorithm))
    throw new TypeError('createDpopVerifier needs algorithms that sign with a private key.')
  if (!(lifetime > 0 && lifetime <= 3600))
    throw new TypeError('createDpopVerifier needs lifetime in seconds: more than 0, up to 3600.')
  if (!(clockTolerance >= 0 && clockTolerance <= 60))
    throw new TypeError('createDpopVerifier needs clockTolerance in seconds, from 0 to 60.')
  if (origin !== undefined && !(URL.canParse(origin) && new URL(origin).origin === origin))
    throw new TypeError('createDpopVerifier needs an origin without a path, such as https://api.example.')
  const { now = currentTime } = options
  return {
    replay,
    nonces,
    algorithms: Object.freeze([...algorithms]),
    lifetime,
    clockTolerance,
    now,
    resolve: createResolve(origin),
  }
}

const ORIGIN = /^https?:\/\/[^/?#]*/i

function createResolve(origin: string | undefined): (url: string) => string {
  // The origin that a request claims comes from its Host header: where the real one is known, it counts.
  if (origin !== undefined) return (url) => origin + url.replace(ORIGIN, '')
  return (url) => {
    if (ORIGIN.test(url)) return url
    throw new TypeError('The URL of the request is relative: give createDpopVerifier the `origin` of this server.')
  }
}
