/**
 * Tokens that are useless without a key. RFC 9449.
 *
 * @module
 */
export { type DpopOptions, dpop } from './dpop/dpop.js'
