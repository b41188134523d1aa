// oauth4webapi against our authorization server, over HTTP on loopback.
import * as oauth from 'oauth4webapi'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Deployment, deploy, REDIRECT_URI, SECRET, signIn } from './our-server.js'

let deployment: Deployment
let server: oauth.AuthorizationServer
const insecure = { [oauth.allowInsecureRequests]: true }
const web: oauth.Client = { client_id: 'web' }

beforeAll(async () => {
  deployment = await deploy()
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
