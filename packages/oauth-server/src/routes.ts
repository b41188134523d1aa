import type { Config } from './config/config.js'
import type { Context } from './context.js'
import { authorize } from './endpoints/authorize.js'
import { connectedApps } from './endpoints/connected-apps.js'
import { device } from './endpoints/device.js'
import { deviceAuthorization } from './endpoints/device-authorization.js'
import { jwksDocument, metadataDocument } from './endpoints/documents.js'
import { endSessionConfirm, endSessionEndpoint } from './endpoints/end-session.js'
import { interact } from './endpoints/interaction.js'
import { introspect } from './endpoints/introspect.js'
import { pushRequest } from './endpoints/pushed-request.js'
import { manageClient, register } from './endpoints/register.js'
import { revoke } from './endpoints/revoke.js'
import { token } from './endpoints/token.js'
import { userinfo } from './endpoints/userinfo.js'
import { PATHS } from './paths.js'

/** One endpoint. */
export interface Route {
  /** Below the issuer; a well-known document also answers where RFC 8414 §3.1 inserts its path before that of the issuer. */
  readonly path: string
  readonly methods: readonly ('GET' | 'POST' | 'PUT' | 'DELETE')[]
  /** Who reads the answer: a program (JSON, which scripts of any origin may read), or a person (pages, which none may). RFC 9700 §2.6 */
  readonly audience: 'program' | 'person'
  /** The member of the metadata that says where this endpoint is. */
  readonly metadata?: string
  /** Where it exists only when it is configured. @default always */
  readonly isEnabled?: (config: Config) => boolean
  readonly handle: (request: Request, context: Context) => Promise<Response>
}

const POST = ['POST'] as const
const GET = ['GET'] as const
const BOTH = ['GET', 'POST'] as const

const hasRegistration = ({ operations }: Config): boolean => operations.registration !== undefined

/** THE table of endpoints: what is not here does not exist, and metadata names nothing else. */
export const routes: readonly Route[] = [
  {
    path: '/.well-known/oauth-authorization-server',
    methods: GET,
    audience: 'program',
    handle: metadataDocument,
  }, // RFC 8414 §3
  {
    path: '/.well-known/openid-configuration',
    methods: GET,
    audience: 'program',
    handle: metadataDocument,
  }, //       OIDC Discovery §4
  { path: PATHS.jwks, methods: GET, audience: 'program', metadata: 'jwks_uri', handle: jwksDocument }, //               RFC 7517 §5
  {
    path: PATHS.authorize,
    methods: BOTH,
    audience: 'person',
    metadata: 'authorization_endpoint',
    handle: authorize,
  }, // OAuth 2.1 §3.1
  {
    path: PATHS.pushedRequest,
    methods: POST,
    audience: 'program',
    metadata: 'pushed_authorization_request_endpoint',
    handle: pushRequest,
  }, // RFC 9126 §2
  { path: PATHS.interaction, methods: BOTH, audience: 'person', handle: interact },
  { path: PATHS.token, methods: POST, audience: 'program', metadata: 'token_endpoint', handle: token }, //              OAuth 2.1 §3.2
  {
    path: PATHS.deviceAuthorization,
    methods: POST,
    audience: 'program',
    metadata: 'device_authorization_endpoint',
    handle: deviceAuthorization,
  }, // RFC 8628 §3.1
  { path: PATHS.device, methods: BOTH, audience: 'person', handle: device }, //                                        RFC 8628 §3.3
  { path: PATHS.connectedApps, methods: BOTH, audience: 'person', handle: connectedApps },
  {
    path: PATHS.revoke,
    methods: POST,
    audience: 'program',
    metadata: 'revocation_endpoint',
    handle: revoke,
  }, //       RFC 7009 §2
  {
    path: PATHS.register,
    methods: POST,
    audience: 'program',
    metadata: 'registration_endpoint',
    isEnabled: hasRegistration,
    handle: register,
  }, // RFC 7591 §3
  {
    path: PATHS.clientConfiguration,
    methods: ['GET', 'PUT', 'DELETE'],
    audience: 'program',
    isEnabled: hasRegistration,
    handle: manageClient,
  }, // RFC 7592 §2
  {
    path: PATHS.introspect,
    methods: POST,
    audience: 'program',
    metadata: 'introspection_endpoint',
    handle: introspect,
  }, // RFC 7662 §2
  {
    path: PATHS.userinfo,
    methods: BOTH,
    audience: 'program',
    metadata: 'userinfo_endpoint',
    handle: userinfo,
  }, //   OIDC Core §5.3
  {
    path: PATHS.endSession,
    methods: BOTH,
    audience: 'person',
    metadata: 'end_session_endpoint',
    handle: endSessionEndpoint,
  }, // RP-Initiated Logout §2
  { path: PATHS.endSessionConfirm, methods: POST, audience: 'person', handle: endSessionConfirm },
]
