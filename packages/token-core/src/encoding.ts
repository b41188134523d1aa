/** base64url, random values and SHA-256. Imports neither jose nor `node:`. */
export { decodeBase64url, encodeBase64url } from './encoding/base64url.js'
export { randomToken, sha256 } from './encoding/random.js'
