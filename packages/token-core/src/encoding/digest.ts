import { findNodeCrypto } from './node-crypto.js'
import { sha256 } from './random.js'

/**
 * The SHA-256 of the text's UTF-8, as base64url, inline where the runtime can: WebCrypto answers with a promise only,
 * which takes several times as long as the hash.
 */
export const digest: (text: string) => string | Promise<string> = /* @__PURE__ */ chooseDigest()

function chooseDigest() {
  const crypto = findNodeCrypto()
  if (!crypto) return sha256
  // Node has the one-shot from 20.12 on; other runtimes may not.
  if (typeof crypto.hash === 'function') return (text: string) => crypto.hash('sha256', text, 'base64url')
  return (text: string) => crypto.createHash('sha256').update(text).digest('base64url')
}
