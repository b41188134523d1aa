// openid-client against our authorization server, over HTTP on loopback.
import * as oidc from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Deployment, decide, deploy, REDIRECT_URI, SECRET, signerKeys, signIn } from './our-server.js'

const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code'

let deployment: Deployment
beforeAll(async () => {
  deployment = await deploy({ clients: [{ clientId: 'tv', grantTypes: [DEVICE_CODE, 'refresh_token'] }] })
})
afterAll(() => deployment.close())

const discover = (clientId: string, authentication: oidc.ClientAuth) =>
  oidc.discovery(new URL(deployment.issuer), clientId, undefined, authentication, {
    execute: [oidc.allowInsecureRequests],
  })

/** A login from its first URL to its tokens. */
async function login(
  config: oidc.Configuration,
  options: { readonly isPushed?: boolean; readonly dpop?: oidc.DPoPHandle; readonly resource?: string } = {},
) {
  const verifier = oidc.randomPKCECodeVerifier()
  const [state, nonce] = [oidc.randomState(), oidc.randomNonce()]
  const parameters = {
    redirect_uri: REDIRECT_URI,
    scope: 'openid profile email offline_access notes:read',
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
    ...(options.resource && { resource: options.resource }),
  }
  const proofs = options.dpop ? { DPoP: options.dpop } : {}
  const url = options.isPushed
    ? await oidc.buildAuthorizationUrlWithPAR(config, parameters, proofs)
    : oidc.buildAuthorizationUrl(config, parameters)
  if (options.isPushed) expect([...url.searchParams.keys()].sort()).toEqual(['client_id', 'request_uri'])
  const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true }
  return oidc.authorizationCodeGrant(config, await signIn(url), checks, undefined, proofs)
}

const callApi = async (config: oidc.Configuration, accessToken: string, dpop?: oidc.DPoPHandle) => {
  const proofs = dpop ? { DPoP: dpop } : {}
  const url = new URL(deployment.api)
  const response = await oidc.fetchProtectedResource(config, accessToken, url, 'GET', undefined, undefined, proofs)
  return response.json()
}

describe('openid-client with our server', () => {
  it.each([
    ['code and PKCE', false, false],
    ['code and PKCE, pushed', true, false],
    ['code and PKCE, with DPoP and nonces', false, true],
    ['code and PKCE, pushed, with DPoP and nonces', true, true],
  ])('completes %s: login, userinfo, API, refresh, revocation', async (_, isPushed, isBound) => {
    const config = await discover('web', oidc.None())
    const dpop = isBound ? oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair()) : undefined
    const proofs = dpop ? { DPoP: dpop } : {}
    const tokens = await login(config, { isPushed, ...(dpop && { dpop }) })
    expect(tokens.token_type).toBe(isBound ? 'dpop' : 'bearer')
    expect(tokens.claims()).toMatchObject({ iss: deployment.issuer, sub: 'alice' })
    expect(await oidc.fetchUserInfo(config, tokens.access_token, 'alice', proofs)).toEqual({
      sub: 'alice',
      name: 'Alice',
      email: 'alice@example.com',
    })
    expect(await callApi(config, tokens.access_token, dpop)).toMatchObject({ subject: 'alice' })

    const second = await oidc.refreshTokenGrant(config, tokens.refresh_token ?? '', undefined, proofs)
    expect(second.refresh_token).not.toBe(tokens.refresh_token)
    expect(await callApi(config, second.access_token, dpop)).toMatchObject({ subject: 'alice' })
    await oidc.tokenRevocation(config, second.refresh_token ?? '')
    const dead = oidc.refreshTokenGrant(config, second.refresh_token ?? '', undefined, proofs)
    await expect(dead).rejects.toMatchObject({ error: 'invalid_grant' })
  })

  it.each([
    ['without', false],
    ['with', true],
  ])(
    'signs in on another device, %s DPoP',
    async (_, isBound) => {
      const config = await discover('tv', oidc.None())
      const dpop = isBound ? oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair()) : undefined
      const proofs = dpop ? { DPoP: dpop } : {}
      const device = await oidc.initiateDeviceAuthorization(config, { scope: 'openid offline_access notes:read' })
      expect((await decide(device.verification_uri, 'allow', device.user_code)).status).toBe(200)
      // It waits for one interval of 5 seconds before it asks.
      const tokens = await oidc.pollDeviceAuthorizationGrant(config, device, undefined, proofs)
      expect(tokens.token_type).toBe(isBound ? 'dpop' : 'bearer')
      expect(tokens.claims()).toMatchObject({ iss: deployment.issuer, sub: 'alice' })
      expect(await callApi(config, tokens.access_token, dpop)).toMatchObject({ subject: 'alice' })
      const second = await oidc.refreshTokenGrant(config, tokens.refresh_token ?? '', undefined, proofs)
      expect(second.refresh_token).not.toBe(tokens.refresh_token)
    },
    60_000,
  )

  it('gets a token for one API alone, which is none for userinfo', async () => {
    const config = await discover('web', oidc.None())
    const tokens = await login(config, { resource: deployment.api })
    await expect(oidc.fetchUserInfo(config, tokens.access_token, 'alice')).rejects.toThrow()
    const again = await oidc.refreshTokenGrant(config, tokens.refresh_token ?? '', { resource: deployment.issuer })
    expect((await oidc.fetchUserInfo(config, again.access_token, 'alice')).sub).toBe('alice')
  })

  it.each<[string, string, () => oidc.ClientAuth]>([
    ['client_secret_basic', 'service', () => oidc.ClientSecretBasic(SECRET)],
    ['client_secret_post', 'poster', () => oidc.ClientSecretPost(SECRET)],
    ['private_key_jwt', 'signer', () => oidc.PrivateKeyJwt(signerKeys.privateKey)],
  ])('authenticates with %s: client credentials, introspection, revocation', async (_, clientId, authentication) => {
    const config = await discover(clientId, authentication())
    const parameters = { scope: 'notes:read', resource: deployment.api }
    const tokens = await oidc.clientCredentialsGrant(config, parameters)
    expect(tokens).toMatchObject({ token_type: 'bearer', scope: 'notes:read' })
    expect(await callApi(config, tokens.access_token)).toMatchObject({ subject: clientId })
    expect(await oidc.tokenIntrospection(config, tokens.access_token)).toMatchObject({
      active: true,
      client_id: clientId,
      aud: deployment.api,
    })
    const dpop = oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair('Ed25519'))
    const bound = await oidc.clientCredentialsGrant(config, parameters, { DPoP: dpop })
    expect(bound.token_type).toBe('dpop')
    expect(await callApi(config, bound.access_token, dpop)).toMatchObject({ subject: clientId })
  })

  it('introspects and revokes opaque tokens', async () => {
    const config = await discover('service', oidc.ClientSecretBasic(SECRET))
    const tokens = await oidc.clientCredentialsGrant(config, { scope: 'files:read', resource: deployment.files })
    expect(tokens.access_token).not.toContain('.')
    expect((await oidc.tokenIntrospection(config, tokens.access_token)).active).toBe(true)
    await oidc.tokenRevocation(config, tokens.access_token)
    expect(await oidc.tokenIntrospection(config, tokens.access_token)).toEqual({ active: false })
  })

  it('builds the URL of a logout that ends at the client', async () => {
    const config = await discover('web', oidc.None())
    const tokens = await login(config)
    const url = oidc.buildEndSessionUrl(config, {
      id_token_hint: tokens.id_token ?? '',
      post_logout_redirect_uri: REDIRECT_URI,
      state: 'bye',
    })
    const response = await fetch(url, { redirect: 'manual' })
    // This browser is signed in nowhere: there is nobody to ask.
    expect([response.status, response.headers.get('location')]).toEqual([303, `${REDIRECT_URI}?state=bye`])
  })

  it('registers itself', async () => {
    const issuer = new URL(deployment.issuer)
    const metadata = { redirect_uris: [REDIRECT_URI], token_endpoint_auth_method: 'none', application_type: 'native' }
    const config = await oidc.dynamicClientRegistration(issuer, metadata, oidc.None(), {
      execute: [oidc.allowInsecureRequests],
    })
    expect(config.clientMetadata().client_id).toMatch(/.{8,}/)
  })

  it('hears why a login failed, with the issuer that says so', async () => {
    const config = await discover('web', oidc.None())
    const verifier = oidc.randomPKCECodeVerifier()
    const url = oidc.buildAuthorizationUrl(config, {
      redirect_uri: REDIRECT_URI,
      scope: 'openid',
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state: 's',
    })
    const refusal = oidc.authorizationCodeGrant(config, await signIn(url, 'deny'), {
      pkceCodeVerifier: verifier,
      expectedState: 's',
    })
    await expect(refusal).rejects.toMatchObject({ error: 'access_denied' })
  })
})
