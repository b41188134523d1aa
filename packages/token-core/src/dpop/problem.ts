import { TokenError } from '../errors.js'

/** A proof that is refused, with the sentence that says why. */
export function invalidProof(reason: string): TokenError {
  return new TokenError('invalid_dpop_proof', { message: `The DPoP proof is not valid. ${reason}` })
}
