// oidc-provider with a map as its adapter (the built-in one forgets beyond 1,000 records), ES256 JWT access tokens, and rotation of refresh tokens.
import { generateKeyPairSync } from 'node:crypto'
import Provider, { errors } from 'oidc-provider'
import { CLIENT, OPAQUE_RESOURCE, RESOURCE, WEB } from '../scenarios.mjs'
import { challenge, serveBench } from './common.mjs'

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })

const records = new Map()
const idsByGrant = new Map()

class MapAdapter {
  constructor(model) {
    this.prefix = `${model}:`
  }
  async upsert(id, payload) {
    records.set(this.prefix + id, payload)
    if (!payload.grantId) return
    const ids = idsByGrant.get(payload.grantId) ?? []
    idsByGrant.set(payload.grantId, [...ids, this.prefix + id])
  }
  async find(id) {
    return records.get(this.prefix + id)
  }
  async consume(id) {
    records.get(this.prefix + id).consumed = Math.floor(Date.now() / 1000)
  }
  async destroy(id) {
    records.delete(this.prefix + id)
  }
  async revokeByGrantId(grantId) {
    for (const id of idsByGrant.get(grantId) ?? []) records.delete(id)
    idsByGrant.delete(grantId)
  }
}

const provider = new Provider('http://localhost', {
  adapter: MapAdapter,
  jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig', kid: 'k1' }] },
  clients: [
    {
      client_id: CLIENT.id,
      client_secret: CLIENT.secret,
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
      scope: 'notes:read',
      id_token_signed_response_alg: 'ES256',
    },
    {
      client_id: WEB.id,
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token'],
      redirect_uris: [WEB.redirectUri],
      scope: 'offline_access notes:read',
      id_token_signed_response_alg: 'ES256',
    },
  ],
  scopes: ['offline_access', 'notes:read'],
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    introspection: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => RESOURCE,
      useGrantedResource: () => true,
      getResourceServerInfo(_context, resource) {
        if (resource === OPAQUE_RESOURCE)
          return { scope: 'notes:read', accessTokenFormat: 'opaque', accessTokenTTL: 600 }
        if (resource !== RESOURCE) throw new errors.InvalidTarget()
        return { scope: 'notes:read', accessTokenFormat: 'jwt', accessTokenTTL: 600, jwt: { sign: { alg: 'ES256' } } }
      },
    },
  },
  issueRefreshToken: () => true,
  rotateRefreshToken: true,
  findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  ttl: {
    AccessToken: 600,
    ClientCredentials: 600,
    AuthorizationCode: 600,
    RefreshToken: 86_400,
    Grant: 86_400,
    Session: 86_400,
    Interaction: 600,
  },
})

async function grantFor() {
  const grant = new provider.Grant({ accountId: 'user_1', clientId: WEB.id })
  grant.addResourceScope(RESOURCE, 'notes:read')
  grant.addOIDCScope('offline_access')
  return grant.save()
}

/** A token of the kind that its introspection endpoint knows: what is a JWT there is not stored. */
async function obtainOpaqueToken() {
  const client = await provider.Client.find(WEB.id)
  const token = new provider.AccessToken({
    accountId: 'user_1',
    client,
    grantId: await grantFor(),
    gty: 'authorization_code',
    scope: 'notes:read',
  })
  token.resourceServer = new provider.ResourceServer(OPAQUE_RESOURCE, {
    scope: 'notes:read',
    accessTokenFormat: 'opaque',
    accessTokenTTL: 600,
  })
  return token.save()
}

async function obtain(kind, extra) {
  const client = await provider.Client.find(WEB.id)
  const record = new provider[kind]({
    accountId: 'user_1',
    client,
    grantId: await grantFor(),
    gty: 'authorization_code',
    scope: 'offline_access notes:read',
    resource: RESOURCE,
    authTime: Math.floor(Date.now() / 1000),
    ...extra,
  })
  return record.save()
}

const times = (count, make) => Promise.all(Array.from({ length: count }, make))
serveBench(
  provider.callback(),
  {
    codes: (count) =>
      times(count, () =>
        obtain('AuthorizationCode', {
          redirectUri: WEB.redirectUri,
          codeChallenge: challenge,
          codeChallengeMethod: 'S256',
        }),
      ),
    opaqueTokens: (count) => times(count, obtainOpaqueToken),
    forget() {
      records.clear()
      idsByGrant.clear()
    },
    refreshTokens: (count) =>
      times(count, () => obtain('RefreshToken', { rotations: 0, iiat: Math.floor(Date.now() / 1000) })),
  },
  {
    token: '/token',
    opaqueIntrospection: '/token/introspection',
    metadata: '/.well-known/openid-configuration',
    jwks: '/jwks',
  },
)
