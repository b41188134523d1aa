/** JSON Web Encryption, and signed tokens inside it. RFC 7516, RFC 7519 §11.2. Works through jose, which only this entry imports. */
export type { ContentEncryption, KeyManagementAlgorithm, PasswordAlgorithm } from './jwe/algorithms.js'
export { type DecryptedJwe, type DecryptOptions, decryptJwe, decryptJwt } from './jwe/decrypt.js'
export { type EncryptOptions, encryptJwe, encryptJwt } from './jwe/encrypt.js'
export { generateEncryptionJwk } from './jwe/generate.js'
export type { EncryptionJwk } from './jwe/jwk.js'
export {
  type DecryptionKey,
  type EncryptionKey,
  type EncryptionKeyOptions,
  importDecryptionKey,
  importEncryptionKey,
  importPassword,
  type PasswordOptions,
} from './jwe/key.js'
export type { JweHeader } from './jwe/parse.js'
