import { findNodeCrypto } from './node-crypto.js'

/** HMAC-SHA-256 of a message, inline where the runtime can. RFC 2104 */
export type Mac = (message: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer> | Promise<Uint8Array<ArrayBuffer>>

/** Prepares HMAC-SHA-256 with one key. How long or random the key is, is not checked. */
export function createMac(key: Uint8Array<ArrayBuffer>): Mac {
  const crypto = findNodeCrypto()
  if (!crypto) return createMacInWeb(key)
  const secret = crypto.createSecretKey(key)
  return (message) => new Uint8Array(crypto.createHmac('sha256', secret).update(message).digest())
}

function createMacInWeb(key: Uint8Array<ArrayBuffer>): Mac {
  const imported = crypto.subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
  // Whoever uses it first is told; nobody may be left with a rejection that is not handled.
  imported.catch(() => undefined)
  return async (message) => new Uint8Array(await crypto.subtle.sign('HMAC', await imported, message))
}
