/**
 * What a command line needs beside the client. Node, Bun, Deno.
 *
 * @module
 */
export { type LoopbackOptions, loopbackInteraction } from './node/loopback.js'
export { openBrowser } from './node/open-browser.js'
