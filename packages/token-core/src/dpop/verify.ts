import { dpopChallenge } from '../challenge.js'
import { digest } from '../encoding/digest.js'
import type { SigningAlgorithm } from '../engine/algorithms.js'
import { isTokenError, TokenError } from '../errors.js'
import { type CompactJwt, readClaims, readSignature, splitJwt } from '../jwt/parse.js'
import { waiting } from '../keys/key-source.js'
import { isFirstUse } from '../replay/replay.js'
import { findInvalidProofClaim, type ProofClaims, refuseProof } from './claims.js'
import { createProofKeyCache, importProofKey, type ProofKeyCache } from './header.js'
import { type DpopSettings, type DpopVerifierOptions, readOptions } from './options.js'
import { invalidProof } from './problem.js'

/** The parts of a request that are read. Every fetch `Request` fits. */
export interface ProvenRequest {
  readonly headers: Headers
  readonly url: string
  readonly method: string
}

/** What a proof has to go with. */
export interface DpopBinding {
  /** The access token of the request, at a resource server. At a token endpoint there is none. */
  readonly accessToken?: string | undefined
  /** What the token, code or refresh token is bound to (`cnf.jkt`, `dpop_jkt`). */
  readonly thumbprint?: string | undefined
}

/** A proof that is good. */
export interface DpopProof {
  /** RFC 7638, SHA-256, of the key that the client holds: what tokens are bound to. */
  readonly thumbprint: string
  readonly jti: string
  /** Epoch seconds. */
  readonly issuedAt: number
}

/** A proof that is good if it was not used before. */
export interface CheckedDpopProof extends DpopProof {
  /** Uses it up. @throws {TokenError} `invalid_dpop_proof` when it was used before, `temporarily_unavailable` (503) */
  redeem(): Promise<void>
}

/** Verifies DPoP proofs, at a resource server as at a token endpoint. */
export interface DpopVerifier {
  readonly '~scopewise': 'dpop'
  readonly algorithms: readonly SigningAlgorithm[]
  /**
   * Verifies the proof of a request and uses it up. RFC 9449 §4.3. With an access token refusals are 401 and carry a
   * challenge (§7.1), without one they are 400 (§5, §8).
   * @throws {TokenError} `invalid_dpop_proof`, `use_dpop_nonce`, `temporarily_unavailable` (503)
   */
  verify(request: ProvenRequest, binding?: DpopBinding): Promise<DpopProof>
  /** As `verify`, and leaves it to you to use the proof up: as the last step, after everything else has been checked. */
  check(request: ProvenRequest, binding?: DpopBinding): Promise<CheckedDpopProof>
  /** The nonce to send as `DPoP-Nonce` with a response; undefined without `nonces`. */
  nonce(): Promise<string | undefined>
}

/**
 * Creates a verifier of DPoP proofs.
 * NOT checked: whether an access token is valid and bound to the key: compare its `cnf.jkt` by `thumbprint`.
 * @throws {TypeError} for an unknown algorithm, a number out of its range, or an origin that is none
 */
export function createDpopVerifier(options: DpopVerifierOptions): DpopVerifier {
  const settings = readOptions(options)
  const cache = createProofKeyCache()

  /** Reads a proof and goes on with it; whatever is thrown on the way becomes the answer of this kind of server. */
  async function withProof<T>(
    request: ProvenRequest,
    binding: DpopBinding,
    use: (proof: DpopProof) => T | Promise<T>,
  ): Promise<T> {
    try {
      return await use(await readProof(request, binding, settings, cache))
    } catch (error) {
      throw await answer(error, settings, binding.accessToken !== undefined)
    }
  }

  return Object.freeze({
    '~scopewise': 'dpop' as const,
    algorithms: settings.algorithms,
    check: (request: ProvenRequest, binding: DpopBinding = {}) =>
      withProof(request, binding, ({ thumbprint, jti, issuedAt }) => {
        const refuse = async (error: unknown) => {
          throw await answer(error, settings, binding.accessToken !== undefined)
        }
        const redeemLater = () => redeem({ thumbprint, jti, issuedAt }, settings).catch(refuse)
        return Object.freeze({ thumbprint, jti, issuedAt, redeem: redeemLater })
      }),
    verify: (request: ProvenRequest, binding: DpopBinding = {}) =>
      withProof(request, binding, async (proof) => {
        await redeem(proof, settings)
        return proof
      }),
    nonce: async () => settings.nonces?.current(),
  })
}

async function readProof(
  request: ProvenRequest,
  { accessToken, thumbprint }: DpopBinding,
  settings: DpopSettings,
  cache: ProofKeyCache,
): Promise<DpopProof> {
  const compact = splitJwt(readProofHeader(request.headers))
  const { head } = compact
  const claims = parseClaims(compact)
  const { nonces, algorithms, lifetime, clockTolerance } = settings
  const known = cache.get(head)
  const proofKey = known ?? (await importProofKey(compact, algorithms))
  const refusal = refuseProof(claims, proofKey.thumbprint, {
    method: request.method,
    url: settings.resolve(request.url),
    ath: accessToken === undefined ? undefined : await digest(accessToken),
    thumbprint,
    now: settings.now(),
    lifetime,
    clockTolerance,
  })
  if (refusal) throw invalidProof(refusal)
  const { signed, signature } = readSignature(compact)
  if (!(await waiting.isSigned(proofKey.key, signed, signature))) throw invalidProof('Its signature is not valid.')
  if (!known) cache.put(head, proofKey)
  if (nonces && !(await nonces.isValid(claims.nonce ?? '')))
    throw new TokenError('use_dpop_nonce', { message: 'The DPoP proof needs the nonce in DPoP-Nonce.' })
  return { thumbprint: proofKey.thumbprint, jti: claims.jti, issuedAt: claims.iat }
}

/** RFC 9449 §4.3 (1): one header. Two of them arrive joined by a comma, which no JWT holds. */
function readProofHeader(headers: Headers): string {
  const proof = headers.get('dpop')
  if (!proof) throw invalidProof('There is none: the DPoP header is missing.')
  if (proof.includes(',')) throw invalidProof('There is more than one.')
  return proof
}

function parseClaims(compact: CompactJwt): ProofClaims {
  const claims = readClaims(compact)
  const invalid = findInvalidProofClaim(claims)
  if (invalid) throw invalidProof(`Its ${invalid} is missing or not valid.`)
  // Each of them has just been looked at.
  return claims as unknown as ProofClaims
}

/** RFC 9449 §11.1. It is remembered for as long as any process could still accept it. */
async function redeem({ thumbprint, jti, issuedAt }: DpopProof, settings: DpopSettings): Promise<void> {
  const { replay, lifetime, clockTolerance, now } = settings
  // A digest, so that what a store holds has one size whatever a client sends. A thumbprint always has the same length.
  const key = `dpop:${await digest(thumbprint + jti)}`
  if (!(await isFirstUse(replay, key, Math.ceil(issuedAt + lifetime + clockTolerance), now())))
    throw invalidProof('It was used before.')
}

/** What a refusal answers: at a token endpoint RFC 9449 §5 and §8, at a resource server §7.1 and §9. */
async function answer(error: unknown, { nonces, algorithms }: DpopSettings, atResource: boolean): Promise<unknown> {
  if (!isTokenError(error) || error.status === 503) return error
  const code = error.code === 'use_dpop_nonce' ? error.code : 'invalid_dpop_proof'
  const { message } = error.code === code ? error : invalidProof(error.message)
  const dpopNonce = await nonces?.current()
  if (!atResource) return new TokenError(code, { message, dpopNonce, status: 400 })
  const challenge = dpopChallenge({ error: code, errorDescription: message, algorithms })
  return new TokenError(code, { message, dpopNonce, challenges: [challenge] })
}
