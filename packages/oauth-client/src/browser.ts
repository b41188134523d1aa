/**
 * What a page needs beside the client.
 *
 * @module
 */
export { type PopupOptions, type PopupWindow, popupInteraction, reportPopup } from './browser/popup.js'
export { type RedirectOptions, redirectInteraction } from './browser/redirect.js'
export { webStorageTransactions } from './browser/web-storage.js'
