/**
 * The contract of token stores, for the tests of stores of your own.
 *
 * @module
 */
export { type TokenStoreCase, tokenStoreContract } from './testing/store-contract.js'
