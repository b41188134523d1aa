// oauth4webapi against our authorization server, over HTTP on loopback.
import * as oauth from 'oauth4webapi'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Deployment, decide, deploy, REDIRECT_URI, SECRET, signerKeys, signIn } from './our-server.js'

const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code'

let deployment: Deployment
let server: oauth.AuthorizationServer
const insecure = { [oauth.allowInsecureRequests]: true }
const web: oauth.Client = { client_id: 'web' }

beforeAll(async () => {
  deployment = await deploy({
    registration: { scope: ['openid', 'notes:read'] },
    clients: [{ clientId: 'tv', grantTypes: [DEVICE_CODE, 'refresh_token'] }],
  })
  const issuer = new URL(deployment.issuer)
  server = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, insecure))
})
afterAll(() => deployment.close())

const authorizationUrl = async (verifier: string, state: string, nonce: string) => {
  const url = new URL(server.authorization_endpoint ?? '')
  url.search = new URLSearchParams({
    client_id: web.client_id,
    redirect_uri: REDIRECT_URI,
    response_type: 'code',
    scope: 'openid offline_access notes:read',
    resource: deployment.api,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
  }).toString()
  return url
}

describe('oauth4webapi with our server', () => {
  it('finds the same server by RFC 8414 as by OpenID Connect', async () => {
    const issuer = new URL(deployment.issuer)
    const answer = await oauth.discoveryRequest(issuer, { ...insecure, algorithm: 'oauth2' })
    expect(await oauth.processDiscoveryResponse(issuer, answer)).toEqual(server)
  })

  it('logs in with code and PKCE, verifies the ID token, and refreshes', async () => {
    const verifier = oauth.generateRandomCodeVerifier()
    const state = oauth.generateRandomState()
    const nonce = oauth.generateRandomNonce()
    const response = await signIn(await authorizationUrl(verifier, state, nonce))
    const params = oauth.validateAuthResponse(server, web, response, state)
    const exchange = await oauth.authorizationCodeGrantRequest(
      server,
      web,
      oauth.None(),
      params,
      REDIRECT_URI,
      verifier,
      insecure,
    )
    const tokens = await oauth.processAuthorizationCodeResponse(server, web, exchange, {
      expectedNonce: nonce,
      requireIdToken: true,
    })
    await oauth.validateApplicationLevelSignature(server, exchange, insecure)
    expect(oauth.getValidatedIdTokenClaims(tokens)).toMatchObject({ sub: 'alice', iss: deployment.issuer })
    expect(tokens.scope?.split(' ')).toContain('notes:read')

    const answer = await oauth.refreshTokenGrantRequest(server, web, oauth.None(), tokens.refresh_token ?? '', insecure)
    const second = await oauth.processRefreshTokenResponse(server, web, answer)
    expect(second.refresh_token).not.toBe(tokens.refresh_token)

    const call = await oauth.protectedResourceRequest(
      second.access_token,
      'GET',
      new URL(deployment.api),
      undefined,
      undefined,
      insecure,
    )
    expect(await call.json()).toMatchObject({ subject: 'alice' })

    const reuse = await oauth.refreshTokenGrantRequest(server, web, oauth.None(), tokens.refresh_token ?? '', insecure)
    await expect(oauth.processRefreshTokenResponse(server, web, reuse)).rejects.toMatchObject({
      error: 'invalid_grant',
    })
  })

  it('waits for another device, and signs in when it is allowed there', async () => {
    const tv = { client_id: 'tv' }
    const scope = 'openid offline_access notes:read'
    const asked = await oauth.deviceAuthorizationRequest(server, tv, oauth.None(), { scope }, insecure)
    const device = await oauth.processDeviceAuthorizationResponse(server, tv, asked)
    const poll = async () => {
      const answer = await oauth.deviceCodeGrantRequest(server, tv, oauth.None(), device.device_code, insecure)
      return oauth.processDeviceCodeResponse(server, tv, answer)
    }
    await expect(poll()).rejects.toMatchObject({ error: 'authorization_pending' })
    await expect(poll()).rejects.toMatchObject({ error: 'slow_down' })
    await decide(device.verification_uri_complete ?? '', 'allow', device.user_code)
    expect(oauth.getValidatedIdTokenClaims(await poll())).toMatchObject({ sub: 'alice', iss: deployment.issuer })
  })

  it('registers itself', async () => {
    const metadata = { redirect_uris: [REDIRECT_URI], token_endpoint_auth_method: 'none', client_name: 'Notes' }
    const answer = await oauth.dynamicClientRegistrationRequest(server, metadata, insecure)
    const registered = await oauth.processDynamicClientRegistrationResponse(answer)
    expect(registered).toMatchObject({ ...metadata, client_id: expect.any(String) })
  })

  it('hears that the user refused', async () => {
    const state = oauth.generateRandomState()
    const url = await authorizationUrl(oauth.generateRandomCodeVerifier(), state, oauth.generateRandomNonce())
    const response = await signIn(url, 'deny')
    expect(() => oauth.validateAuthResponse(server, web, response, state)).toThrow(
      expect.objectContaining({ error: 'access_denied' }),
    )
  })

  it('gets a token of its own', async () => {
    const service: oauth.Client = { client_id: 'service' }
    const answer = await oauth.clientCredentialsGrantRequest(
      server,
      service,
      oauth.ClientSecretBasic(SECRET),
      { scope: 'notes:read', resource: deployment.api },
      insecure,
    )
    const tokens = await oauth.processClientCredentialsResponse(server, service, answer)
    expect(tokens).toMatchObject({ token_type: 'bearer', scope: 'notes:read' })
    const call = await oauth.protectedResourceRequest(
      tokens.access_token,
      'GET',
      new URL(deployment.api),
      undefined,
      undefined,
      insecure,
    )
    expect(await call.json()).toMatchObject({ subject: 'service' })
  })
})

/** Once more with the nonce that the server asked for: the handle has kept it. */
async function withNonce<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    if (!oauth.isDPoPNonceError(error)) throw error
    return ask()
  }
}

describe('oauth4webapi with our server, pushed and bound', () => {
  it('pushes a request, proves a key with nonces, reads userinfo, calls the API and refreshes', async () => {
    const DPoP = oauth.DPoP(web, await oauth.generateKeyPair('ES256'))
    const bound = { ...insecure, DPoP }
    const verifier = oauth.generateRandomCodeVerifier()
    const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()]
    const parameters = (await authorizationUrl(verifier, state, nonce)).searchParams
    parameters.delete('resource')
    const pushed = await withNonce(async () => {
      const answer = await oauth.pushedAuthorizationRequest(server, web, oauth.None(), parameters, bound)
      return oauth.processPushedAuthorizationResponse(server, web, answer)
    })
    const url = new URL(server.authorization_endpoint ?? '')
    url.search = new URLSearchParams({ client_id: web.client_id, request_uri: pushed.request_uri }).toString()
    const params = oauth.validateAuthResponse(server, web, await signIn(url), state)
    const tokens = await withNonce(async () => {
      const none = oauth.None()
      const answer = await oauth.authorizationCodeGrantRequest(server, web, none, params, REDIRECT_URI, verifier, bound)
      const checks = { expectedNonce: nonce, requireIdToken: true }
      return oauth.processAuthorizationCodeResponse(server, web, answer, checks)
    })
    expect(tokens.token_type).toBe('dpop')

    const user = await withNonce(async () =>
      oauth.processUserInfoResponse(
        server,
        web,
        'alice',
        await oauth.userInfoRequest(server, web, tokens.access_token, bound),
      ),
    )
    expect(user.sub).toBe('alice')
    const second = await withNonce(async () => {
      const answer = await oauth.refreshTokenGrantRequest(server, web, oauth.None(), tokens.refresh_token ?? '', bound)
      return oauth.processRefreshTokenResponse(server, web, answer)
    })
    const api = new URL(deployment.api)
    const call = await oauth.protectedResourceRequest(second.access_token, 'GET', api, undefined, undefined, bound)
    expect(await call.json()).toMatchObject({ subject: 'alice' })
    const bearer = oauth.protectedResourceRequest(second.access_token, 'GET', api, undefined, undefined, insecure)
    await expect(bearer).rejects.toThrow()
  })
})

describe.each<[string, string, () => oauth.ClientAuth]>([
  ['client_secret_basic', 'service', () => oauth.ClientSecretBasic(SECRET)],
  ['client_secret_post', 'poster', () => oauth.ClientSecretPost(SECRET)],
  ['private_key_jwt', 'signer', () => oauth.PrivateKeyJwt(signerKeys.privateKey)],
])('oauth4webapi authenticating with %s', (_, clientId, authentication) => {
  it('gets a token, has it introspected and revoked', async () => {
    const client: oauth.Client = { client_id: clientId }
    const parameters = { scope: 'files:read', resource: deployment.files }
    const answer = await oauth.clientCredentialsGrantRequest(server, client, authentication(), parameters, insecure)
    const { access_token: token } = await oauth.processClientCredentialsResponse(server, client, answer)
    const introspect = async () => {
      const told = await oauth.introspectionRequest(server, client, authentication(), token, insecure)
      return oauth.processIntrospectionResponse(server, client, told)
    }
    expect(await introspect()).toMatchObject({ active: true, client_id: clientId, scope: 'files:read' })
    const revoked = await oauth.revocationRequest(server, client, authentication(), token, insecure)
    expect(await oauth.processRevocationResponse(revoked)).toBeUndefined()
    expect(await introspect()).toEqual({ active: false })
  })
})
