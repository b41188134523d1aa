/** The store contract as cases that any test runner can run. */
export { type StoreCase, storeContract } from './storage/contract/contract.js'
