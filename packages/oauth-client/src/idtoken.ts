/**
 * The signatures of ID tokens. This entry alone imports the whole of token-core.
 *
 * @module
 */
export { type IdTokenSignaturesOptions, idTokenSignatures } from './idtoken/id-token-signatures.js'
