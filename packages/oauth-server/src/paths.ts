/** Where the endpoints are, below the issuer. The table in routes.ts says what answers there. */
export const PATHS = {
  authorize: '/authorize',
  interaction: '/interaction',
  token: '/token',
  revoke: '/revoke',
  pushedRequest: '/par',
  introspect: '/introspect',
  userinfo: '/userinfo',
  deviceAuthorization: '/device-authorization',
  device: '/device',
  connectedApps: '/connected-apps',
  jwks: '/jwks',
  register: '/register',
  clientConfiguration: '/register/client',
  endSession: '/end-session',
  endSessionConfirm: '/end-session/confirm',
} as const
