import { isTokenError } from '@scopewise/token-core'
import type { Context } from '../context.js'
import { OAuthError, unavailable } from '../errors.js'

/** The key that a request proved to hold, if any. */
export interface Proof {
  /** RFC 7638 thumbprint; undefined without a proof. */
  readonly jkt: string | undefined
  /**
   * Uses the proof up: called last, when nothing but the one transition is left to do. Nothing happens without a proof.
   * @throws {OAuthError} invalid_dpop_proof when it was used before
   */
  redeem(): Promise<void>
}

const NO_PROOF: Proof = { jkt: undefined, redeem: async () => undefined }

/**
 * Reads the DPoP proof of a request to the endpoint at `path`. RFC 9449 §5, §10.1. The address comes from the issuer, never
 * from the request.
 * @throws {OAuthError} invalid_dpop_proof, use_dpop_nonce with a nonce, and invalid_dpop_proof where one is required and there is none (§5.2)
 */
export async function readProof(
  request: Request,
  path: string,
  { dpop, url }: Pick<Context, 'dpop' | 'url'>,
  isRequired: boolean,
): Promise<Proof> {
  if (!request.headers.has('dpop')) {
    if (!isRequired) return NO_PROOF
    throw new OAuthError('invalid_dpop_proof', {
      description: 'This client has to send a DPoP proof.',
      reason: 'missing_dpop_proof',
    })
  }
  const { headers, method } = request
  const checked = await asOAuthError(dpop.token.check({ headers, method, url: url(path) }))
  return { jkt: checked.thumbprint, redeem: () => asOAuthError(checked.redeem()) }
}

/** A fresh nonce for whoever sent a proof, so that the next one needs no second try. RFC 9449 §8.2. */
export async function nonceHeader(
  { dpop }: Pick<Context, 'dpop'>,
  { jkt }: Proof,
): Promise<Readonly<Record<string, string>> | undefined> {
  const nonce = jkt === undefined ? undefined : await dpop.token.nonce()
  return nonce === undefined ? undefined : { 'dpop-nonce': nonce }
}

async function asOAuthError<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (!isTokenError(error)) throw error
    if (error.status === 503) throw unavailable(error, 'replay')
    throw new OAuthError(error.code === 'use_dpop_nonce' ? 'use_dpop_nonce' : 'invalid_dpop_proof', {
      // What token-core says of a proof names its rule, and nothing of what was sent.
      description: error.message,
      headers: error.headers,
    })
  }
}
