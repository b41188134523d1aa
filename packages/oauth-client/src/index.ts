export { type RequestCookies, requestCookies } from './authorization/cookie-jar.js'
export { type Authorization, finishAuthorization } from './authorization/finish.js'
export { memoryTransactions } from './authorization/memory-transactions.js'
export { pushedRequests } from './authorization/pushed-requests.js'
export {
  type CookieJar,
  type SealedTransactionsOptions,
  sealedTransactions,
} from './authorization/sealed-transactions.js'
export { type AuthorizationRequest, type Prompt, startAuthorization } from './authorization/start.js'
export type {
  ClientEvent,
  OAuthClient,
  OidcScope,
  ProofOfPossession,
  RequestPusher,
  SignatureVerifier,
  TokenNeed,
} from './client/client.js'
export { type ClientOptions, createClient } from './client/create-client.js'
export type { Transaction, TransactionStore } from './client/transaction.js'
export type { ClientAuth, ClientAuthTarget } from './client-auth/client-auth.js'
export { clientSecretBasic } from './client-auth/client-secret-basic.js'
export { clientSecretPost } from './client-auth/client-secret-post.js'
export { none } from './client-auth/none.js'
export { privateKeyJwt } from './client-auth/private-key-jwt.js'
export type { ServerMetadata } from './discovery/metadata.js'
export { type EndSessionRequest, endSessionUrl } from './endpoints/end-session.js'
export { type Introspection, introspect } from './endpoints/introspect.js'
export { revoke } from './endpoints/revoke.js'
export { type UserInfo, type UserinfoVerifier, userinfo } from './endpoints/userinfo.js'
export {
  isOAuthClientError,
  OAuthClientError,
  type OAuthClientErrorCode,
  type OAuthClientErrorDetails,
  sectionOf,
} from './errors.js'
export { clientCredentials } from './grants/client-credentials.js'
export {
  type DeviceAuthorization,
  type DeviceWait,
  finishDeviceAuthorization,
  startDeviceAuthorization,
} from './grants/device.js'
export { type ExchangedTokens, exchangeToken, type TokenExchange, type TokenKind } from './grants/exchange-token.js'
export { grant } from './grants/grant.js'
export { jwtBearer } from './grants/jwt-bearer.js'
export { refresh } from './grants/refresh.js'
export type { Fetch, Send } from './http/json.js'
export type { Pause } from './http/pause.js'
export { clientMetadataDocument } from './registration/client-metadata-document.js'
export {
  type ClientMetadata,
  deleteRegistration,
  type Registration,
  type RegistrationOptions,
  readRegistration,
  registerClient,
  updateRegistration,
} from './registration/register-client.js'
export {
  fetchResourceMetadata,
  type ResourceMetadata,
  type ResourceMetadataOptions,
  resourceMetadataUrl,
} from './resource-metadata/fetch-resource-metadata.js'
export type { Tokens } from './token-endpoint/tokens.js'
