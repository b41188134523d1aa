import { isOidcScope, SERVER_SCOPES } from '../config/oidc-scopes.js'
import { OAuthError } from '../errors.js'
import { mint } from '../tokens/mint.js'
import { chooseResources, chooseTokenTarget } from '../tokens/resource.js'
import { defineGrant } from './define-grant.js'
import { invalidScope, invalidTarget } from './invalid-target.js'
import { readResources, readScope } from './params.js'

/** Gives a confidential client a token of its own. OAuth 2.1 §4.2. Never a refresh token, nothing is stored. */
export const clientCredentials = defineGrant({
  grantType: 'client_credentials',
  read: (form) => ({ scope: readScope(form), resource: readResources(form) }),
  async handle({ params, client, proof, context }) {
    const { config, emit } = context
    if (client.authMethod === 'none') {
      throw new OAuthError('unauthorized_client', {
        description: 'A public client can not use this grant type.',
        reason: 'public_client',
      })
    }
    const scope = params.scope ?? client.defaultScope
    // Nobody signs in here, so there is nobody whom the scopes of OpenID Connect could be about.
    const mayAsk = (value: string) =>
      client.scope.has(value) && !SERVER_SCOPES.has(value) && (!isOidcScope(value) || config.token.scopes.has(value))
    if (scope.length === 0 || !scope.every(mayAsk)) throw invalidScope('not_registered')
    const choice = chooseResources(params.resource, scope, config)
    if ('refusal' in choice) throw invalidTarget(choice.refusal)
    const target = chooseTokenTarget(params.resource, choice.resources, scope, config)
    if ('refusal' in target) throw invalidTarget(target.refusal)
    const minting = { client, grant: undefined, scope, target, jkt: proof.jkt }
    const { response, accessToken } = await mint(context, minting)
    await proof.redeem()
    if (accessToken) await context.store.putOpaqueToken(accessToken)
    emit('token.issued', {
      grantType: 'client_credentials',
      clientId: client.clientId,
      subject: undefined,
      grantId: undefined,
      scope,
      resource: target.resource,
    })
    return response
  },
})
