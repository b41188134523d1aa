import { digest } from '@scopewise/token-core/encoding'
import { DEVICE_CODE } from '../config/client.js'
import { invalidGrant, OAuthError, unreachable } from '../errors.js'
import type { Grant, PollOutcome } from '../storage/store.js'
import { mint } from '../tokens/mint.js'
import { chooseTokenTarget } from '../tokens/resource.js'
import { buy } from './authorization-code.js'
import { defineGrant } from './define-grant.js'
import { invalidTarget } from './invalid-target.js'
import { isShort, readResources, required } from './params.js'

/** Exchanges a device code for tokens once somebody has allowed it. RFC 8628 §3.4, §3.5. */
export const deviceCode = defineGrant({
  grantType: DEVICE_CODE,
  read: (form) => ({ device_code: required(form, 'device_code', isShort), resource: readResources(form) }),
  async handle({ params, client, proof, context }) {
    const { store, config, emit } = context
    const { clientId } = client
    const now = context.now()
    const hash = await digest(params.device_code)
    const grant = grantOf(await store.pollDeviceCode(hash, clientId, now))
    const target = chooseTokenTarget(params.resource, grant.resources, grant.scope, config)
    if ('refusal' in target) throw invalidTarget(target.refusal)

    // Redeemed last and in one step: a refused request never burns the code, and of two racers exactly one gets tokens.
    const { scope } = grant
    const { jkt } = proof
    const { response, accessToken } = await mint(context, { client, grant, scope, target, jkt })
    const { token, bought } = await buy(context, client, grant, { accessToken, jkt })
    await proof.redeem()
    const outcome = await store.redeemDeviceCode(hash, now, bought)
    switch (outcome) {
      case 'redeemed':
        emit('token.issued', {
          grantType: DEVICE_CODE,
          clientId,
          subject: grant.subject,
          grantId: grant.id,
          scope,
          resource: target.resource,
        })
        return token === undefined ? response : { ...response, refresh_token: token }
      case 'already_redeemed':
        throw invalidGrant('replayed')
      case 'gone':
        throw invalidGrant('gone')
      default:
        return unreachable(outcome)
    }
  },
})

/** What was allowed; everything else that a poll can find is an error with a name of its own. RFC 8628 §3.5. */
function grantOf(poll: PollOutcome): Grant {
  switch (poll.outcome) {
    case 'approved':
      return poll.grant
    case 'pending':
      throw new OAuthError('authorization_pending', { description: 'The user has not answered yet.' })
    case 'slow_down':
      throw new OAuthError('slow_down', { description: `Wait ${poll.interval} seconds between two polls.` })
    case 'denied':
      throw new OAuthError('access_denied', { description: 'The user denied the request.', status: 400 })
    case 'expired':
      throw new OAuthError('expired_token', { description: 'The device code has expired; begin anew.' })
    case 'redeemed':
      throw invalidGrant('replayed')
    case 'gone':
      throw invalidGrant('unknown')
    default:
      return unreachable(poll)
  }
}
