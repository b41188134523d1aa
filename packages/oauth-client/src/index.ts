export type { Authorization } from './authorization/finish.js'
export type { AuthorizationRequest, Prompt } from './authorization/start.js'
export { memoryTransactions, type Transaction, type TransactionStore } from './authorization/transactions.js'
export { type ClientOptions, createClient, type OAuthClient, type TokenNeed } from './client.js'
export type { ClientAuth, ClientAuthTarget } from './client-auth/client-auth.js'
export { clientSecretBasic } from './client-auth/client-secret-basic.js'
export { clientSecretPost } from './client-auth/client-secret-post.js'
export { none } from './client-auth/none.js'
export type { ServerMetadata } from './discovery/metadata.js'
export {
  isOAuthClientError,
  OAuthClientError,
  type OAuthClientErrorCode,
  type OAuthClientErrorDetails,
} from './errors.js'
export type { Fetch } from './http/json.js'
export type { EndSessionRequest } from './logout/end-session.js'
export type { ClientEvent } from './token-endpoint/context.js'
export type { OidcScope, Tokens } from './token-endpoint/tokens.js'
