// The server
export type { Assessment } from './assess.js'
export { type AuthorizationServer, createAuthorizationServer } from './authorization-server.js'
export type { ClientAdministration, CreatedClient, StoredClient } from './clients/administration.js'
export type { StoredOptions } from './clients/stored.js'
// Clients
export type {
  ClientAuthMethod,
  ClientOptions,
  ClientType,
  FindClient,
  GrantType,
  IdTokenAlgorithm,
  ResponseMode,
} from './config/client.js'
export { generateClientSecret, hashClientSecret } from './config/client-secret.js'
export type { ExchangedToken, ExchangePermission, ExchangePolicy, ExchangeQuestion } from './config/exchange.js'
// Signing in
export type { Login, LoginContext, LoginReason, LoginResult } from './config/login.js'
export type { OidcScope } from './config/oidc-scopes.js'
export type {
  ClientMetadataDocumentOptions,
  OutboundOptions,
  Profile,
  RegistrationOptions,
  RegistrationQuestion,
} from './config/operations.js'
export type {
  AllowQuestion,
  AuthorizationServerOptions,
  ClaimsQuestion,
  Lifetimes,
  ResourceOptions,
  UserClaimsQuestion,
} from './config/options.js'
// Pages
export type {
  ConnectedApp,
  ConnectedAppsView,
  ConsentView,
  DeviceCodeError,
  DeviceCodeView,
  DeviceConsentView,
  DeviceDoneView,
  DeviceOrigin,
  Errand,
  ErrorView,
  Language,
  Page,
  PageAnswer,
  PageName,
  PageProblem,
  Pages,
  PageViews,
  ScopeView,
  SignInError,
  SignInView,
  SignOutView,
} from './config/pages.js'
// Events and errors
export { isOAuthError, OAuthError, type OAuthErrorCode } from './errors.js'
export type { On, ServerEventName, ServerEvents } from './events.js'
export { type Credentials, passwordPage } from './interaction/password-page.js'
export type { Grants } from './management/grants.js'
export type { SessionInfo, Sessions } from './management/sessions.js'
export type { ServerMetadata } from './metadata.js'
// The API's side
export {
  type ProtectedResourceMetadata,
  type ProtectedResourceOptions,
  protectedResourceMetadata,
} from './protected-resource.js'
// Storage
export { memoryStore } from './storage/memory.js'
export type {
  Authorization,
  AuthorizationCode,
  AuthorizationOutcome,
  Bought,
  ClaimOutcome,
  Consent,
  Count,
  Counter,
  DecisionOutcome,
  DeviceApproval,
  DeviceCode,
  FoundCode,
  FoundOpaqueToken,
  FoundRefreshToken,
  Grant,
  Holder,
  OneTimeKey,
  OpaqueToken,
  PollOutcome,
  PushedRequest,
  RedemptionOutcome,
  RefreshToken,
  RegisteredClient,
  ReplacementOutcome,
  Rotation,
  RotationOutcome,
  Session,
  Store,
  StoredKeys,
  Successor,
  SuccessorDerivation,
  Use,
  UseOutcome,
} from './storage/store.js'
