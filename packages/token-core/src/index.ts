/** Typed access tokens: declare scopes and claims once, get an issuer and a verifier that can't drift apart. */

export {
  type TokenCache,
  type TokenCacheOptions,
  tokenCache,
} from './access-token/cache.js'
export type { Actor, Confirmation, RegisteredClaims, StatusReference } from './access-token/claims.js'
export {
  type AccessTokenOptions,
  type AccessTokenType,
  defineAccessToken,
  type NoClaims,
} from './access-token/define.js'
export type { Demand, PresentationOptions } from './access-token/demand.js'
export { subjectKey, tokenKey } from './access-token/identity.js'
export { createIssuer, type IssueOptions, type Issuer, type IssuerOptions } from './access-token/issue.js'
export { type OwnAccessTokenOptions, verifyOwnAccessToken } from './access-token/own.js'
export type { PresentedRequest } from './access-token/presented.js'
export { type AccessTokenClaims, isVerifiedAccessToken, type VerifiedAccessToken } from './access-token/verified.js'
export { createVerifier, type Verifier, type VerifierOptions } from './access-token/verify.js'
export { createSyncVerifier, type SyncVerifier, type SyncVerifierOptions } from './access-token/verify-sync.js'
export type { SecretAlgorithm, SigningAlgorithm } from './engine/algorithms.js'
export {
  isTokenError,
  TokenError,
  type TokenErrorCode,
  type TokenErrorOptions,
  type TokenErrorStatus,
} from './errors.js'
export type { IdTokenClaims } from './id-token/claims.js'
export { verifyIdTokenHint } from './id-token/hint.js'
export {
  createIdTokenIssuer,
  type IdTokenIssuer,
  type IdTokenIssuerOptions,
  type IssueIdTokenOptions,
} from './id-token/issue.js'
export { type UserinfoContext, verifyUserinfo } from './id-token/userinfo.js'
export { exportPem } from './keys/export-pem.js'
export { connectSigner, type ExternalSigner } from './keys/external-signer.js'
export { jwkThumbprint, type PrivateJwk, type PublicJwk } from './keys/jwk.js'
export type { ImportKeyOptions, NodeKey, PrivateKeyMaterial, PublicKeyMaterial, WebKey } from './keys/key-material.js'
export { createKeyRing, type KeyRing, type KeyRingOptions, type PublishedKeys } from './keys/key-ring.js'
export type { KeyRingEvent } from './keys/key-ring-events.js'
export {
  type KeyStore,
  type KeyWrapping,
  memoryKeyStore,
  type StoredKeys,
  secretWrapping,
} from './keys/key-ring-store.js'
export type { KeyRingTimetable } from './keys/key-ring-timetable.js'
export type { JwkSet } from './keys/key-set.js'
export type { KeySource } from './keys/key-source.js'
export { localKeys } from './keys/local.js'
export { importPublicKey, type NamedPublicJwk } from './keys/public-key.js'
export { type RemoteKeys, remoteKeys } from './keys/remote.js'
export type { RemoteKeysEvent, RemoteKeysOptions } from './keys/remote-options.js'
export { importSecretKey, type SecretJwk, type SecretKey, type SecretKeyOptions } from './keys/secret-key.js'
export {
  generatePrivateJwk,
  importSigningKey,
  type SigningKey,
  type SigningKeys,
  type WebKeyPair,
} from './keys/signing-key.js'
export { type KeySnapshot, keySnapshot, type SnapshotStore } from './keys/snapshot.js'
export {
  type CertificateReader,
  type CertifiedRequest,
  type ClientCertificate,
  certificateThumbprint,
  clientCertificate,
} from './mtls/certificate.js'
export {
  defineScopes,
  includesScope,
  type ScopeDeclarations,
  type ScopeDescription,
  type ScopeOf,
  type Scopes,
} from './scope/define.js'
export { defineToken, type OptionalClaim, type TokenType, type TokenTypeOptions } from './token/define.js'
export { createTokenIssuer, type IssueTokenOptions, type TokenIssuer, type TokenIssuerOptions } from './token/issue.js'
export {
  createTokenVerifier,
  type TokenClaims,
  type TokenVerifier,
  type TokenVerifierOptions,
  type VerifiedToken,
} from './token/verify.js'
