/**
 * What a page needs beside the client.
 *
 * @module
 */
export { type RedirectOptions, redirectInteraction } from './browser/redirect.js'
export { webStorageTransactions } from './browser/web-storage.js'
