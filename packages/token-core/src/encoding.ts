/** base64url, random values, SHA-256 and its HMAC. Imports neither jose nor `node:`. */
export { decodeBase64url, encodeBase64url } from './encoding/base64url.js'
export { digest } from './encoding/digest.js'
export { createMac, type Mac } from './encoding/mac.js'
export { randomSalt, randomToken, sha256 } from './encoding/random.js'
