import type { Actor } from '@scopewise/token-core'
import { narrowScope } from '@scopewise/token-core/scope'
import type { Proof } from '../client-auth/proof.js'
import { type Client, TOKEN_EXCHANGE } from '../config/client.js'
import type { ExchangedToken, ExchangePermission } from '../config/exchange.js'
import type { Context } from '../context.js'
import { invalidRequest, OAuthError } from '../errors.js'
import { allowedScope } from '../tokens/allowed-scope.js'
import { findLiveToken, type LiveToken, mayRead } from '../tokens/live-token.js'
import { mintAccessToken } from '../tokens/mint.js'
import { defineGrant } from './define-grant.js'
import { invalidScope, invalidTarget } from './invalid-target.js'
import { optional, readResources, readScope, required } from './params.js'

/** RFC 8693 §3: the one type of token that is taken and given here. */
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'

/** Actors within actors: a longer chain helps nobody and makes every token larger. */
const MAX_ACTORS = 10

const isTokenText = (value: string): boolean => value.length <= 16_384
const isAccessTokenType = (value: string): boolean => value === ACCESS_TOKEN

/** Who will act for the subject. */
type Acting = {
  readonly sub: string
  readonly client_id: string
}

type Params = {
  readonly subject_token: string
  readonly actor_token?: string | undefined
  readonly scope?: readonly string[] | undefined
  readonly resource: readonly string[]
  readonly audience?: string | undefined
}

/**
 * Exchanges a user's access token for another one, as far as the policy of the configuration agrees. RFC 8693 §2. The result
 * never outlives the subject token, belongs to the same grant, and comes without a refresh token.
 */
export const tokenExchange = defineGrant({
  grantType: TOKEN_EXCHANGE,
  isEnabled: ({ exchange }) => exchange !== undefined,
  read: (form) => ({
    subject_token: required(form, 'subject_token', isTokenText),
    subject_token_type: required(form, 'subject_token_type', isAccessTokenType),
    actor_token: optional(form, 'actor_token', isTokenText),
    actor_token_type: optional(form, 'actor_token_type', isAccessTokenType),
    requested_token_type: optional(form, 'requested_token_type', isAccessTokenType),
    scope: readScope(form),
    resource: readResources(form),
    audience: optional(form, 'audience'),
  }),
  async handle({ params, client, proof, context }) {
    // RFC 8693 §2.1: the one is required with the other, and only then.
    if ((params.actor_token === undefined) !== (params.actor_token_type === undefined))
      throw invalidRequest('actor_token and actor_token_type go together.', 'actor_token_type')
    const subject = await readToken(context, client, proof, params.subject_token)
    // What a client may do for itself it can ask for itself.
    if (!subject.grant) throw refused('client_token')
    const actor =
      params.actor_token === undefined ? undefined : await readToken(context, client, proof, params.actor_token)
    const { clientId } = client
    const acting = actor
      ? { sub: actor.claims.sub, client_id: actor.claims.client_id }
      : { sub: clientId, client_id: clientId }
    if (!mayActFor(subject, acting)) throw refused('may_act')
    const resource = chooseResource(context, params, subject)
    const scope = requestedScope(context, client, params, { subject, resource })
    const permission = await askPolicy(context, client, { subject, actor, scope, resource })
    const granted = await grantedScope(context, client, { subject, scope, resource }, permission)
    return issue(context, client, proof, { subject, acting, permission, resource, scope: granted })
  },
})

/** A token that this client may present: live, its own or for an API that the client is, and with the proof it is bound to. */
async function readToken(context: Context, client: Client, proof: Proof, text: string): Promise<LiveToken> {
  const live = await findLiveToken(context, text)
  if (!live || !mayRead(client, live)) throw refused('token')
  const jkt = live.claims.cnf?.jkt
  if (jkt !== undefined && jkt !== proof.jkt) {
    // RFC 9449 §7: whoever has stolen the token could exchange it for one that is bound to nothing.
    throw new OAuthError('invalid_dpop_proof', {
      description: 'The token is bound to a key, and the request came without a proof of that key.',
      reason: 'wrong_key',
    })
  }
  return live
}

/** RFC 8693 §2.2.2: a token that is invalid or that the policy does not accept is invalid_request, and which of them is not told. */
function refused(reason: string): OAuthError {
  return invalidRequest('A presented token is invalid, or may not be exchanged like this.', reason)
}

/** Whether the token names who may act for its subject, and then this one. RFC 8693 §4.4. */
function mayActFor({ claims }: LiveToken, acting: Acting): boolean {
  const named: unknown = claims['may_act']
  if (named === undefined) return true
  if (typeof named !== 'object' || named === null) return false
  const { sub, client_id: clientId } = named as { readonly sub?: unknown; readonly client_id?: unknown }
  const isNamed = sub !== undefined || clientId !== undefined
  return (
    isNamed && (sub === undefined || sub === acting.sub) && (clientId === undefined || clientId === acting.client_id)
  )
}

/** The one API that the new token is for; by default the one that the subject token is for. RFC 8693 §2.1, RFC 8707 §2. */
function chooseResource({ config }: Context, { resource, audience }: Params, { claims }: LiveToken): string {
  const asked = [...resource, ...(audience === undefined ? [] : [audience])]
  const [chosen, ...others] = asked.length > 0 ? asked : [claims.aud].flat().filter((aud) => config.resources.has(aud))
  if (others.length > 0) throw invalidTarget('ambiguous_resource')
  if (chosen === undefined || !config.resources.has(chosen)) throw invalidTarget('unknown_resource')
  return chosen
}

/** What is asked for: values that this API knows and that the client is registered for. By default all of these that the subject token carries. */
function requestedScope(
  { config }: Context,
  client: Client,
  params: Params,
  { subject, resource }: { readonly subject: LiveToken; readonly resource: string },
): readonly string[] {
  const known = config.resources.get(resource)
  const mayHave = (value: string) => known?.has(value) === true && client.scope.has(value)
  if (params.scope === undefined) return scopeOf(subject).filter(mayHave)
  if (!params.scope.every(mayHave)) throw invalidScope('not_registered')
  return params.scope
}

async function askPolicy(
  { config }: Context,
  { clientId }: Client,
  asked: {
    readonly subject: LiveToken
    readonly actor: LiveToken | undefined
    readonly scope: readonly string[]
    readonly resource: string
  },
): Promise<ExchangePermission> {
  const { subject, actor, scope, resource } = asked
  const describe = (token: LiveToken) => describeToken(token, config.resources)
  const permission = await config.exchange?.({
    clientId,
    subject: describe(subject),
    actor: actor && describe(actor),
    requested: { scope, resource },
  })
  if (permission?.kind !== 'delegation' && permission?.kind !== 'impersonation') throw refused('policy')
  if (![subject.claims.aud].flat().includes(resource) && permission.otherResource !== true)
    throw invalidTarget('unknown_resource')
  return permission
}

function describeToken({ claims }: LiveToken, resources: ReadonlyMap<string, unknown>): ExchangedToken {
  return {
    subject: claims.sub,
    clientId: claims.client_id,
    scope: scopeOf({ claims }),
    resources: [claims.aud].flat().filter((audience) => resources.has(audience)),
    actor: claims.act?.sub,
    claims,
  }
}

const scopeOf = ({ claims }: Pick<LiveToken, 'claims'>): readonly string[] =>
  claims.scope === undefined ? [] : claims.scope.split(' ')

/**
 * Never more than was asked for, nor than the subject may grant; more than the subject token carries only where the policy names it.
 * RFC 8693 §5.
 */
async function grantedScope(
  { config }: Context,
  { clientId }: Client,
  asked: { readonly subject: LiveToken; readonly scope: readonly string[]; readonly resource: string },
  { scope }: ExchangePermission,
): Promise<readonly string[]> {
  const { subject, scope: requested, resource } = asked
  const carried = config.token.scopes.closure(scopeOf(subject))
  if (scope === undefined && !requested.every((value) => carried.has(value))) throw invalidScope('more_than_subject')
  const permitted = scope === undefined ? requested : narrowScope(requested, scope)
  const question = { subject: subject.claims.sub, clientId, requested: permitted, resources: [resource] }
  const granted = await allowedScope(config, question)
  if (granted.length === 0) throw invalidScope('nothing_left')
  return granted
}

async function issue(
  context: Context,
  { clientId }: Client,
  proof: Proof,
  exchange: {
    readonly subject: LiveToken
    readonly acting: Acting
    readonly permission: ExchangePermission
    readonly resource: string
    readonly scope: readonly string[]
  },
) {
  const { subject, acting, permission, resource, scope } = exchange
  const { claims, grant } = subject
  const { response, accessToken } = await mintAccessToken(context, {
    clientId,
    subject: claims.sub,
    grantId: grant?.id,
    scope,
    target: { resource, audience: [resource] },
    jkt: permission.unbound === true ? undefined : proof.jkt,
    authentication: { authTime: claims.auth_time, acr: claims.acr, amr: claims.amr },
    actor: permission.kind === 'delegation' ? actorWithin(acting, claims.act) : claims.act,
    lifetime: Math.min(context.config.token.lifetime, claims.exp - context.now()),
  })
  await proof.redeem()
  if (accessToken && (await context.store.putOpaqueToken(accessToken)) === 'gone') throw refused('token')
  context.emit('token.issued', {
    grantType: TOKEN_EXCHANGE,
    clientId,
    subject: claims.sub,
    grantId: grant?.id,
    scope,
    resource,
  })
  return { ...response, issued_token_type: ACCESS_TOKEN }
}

/** The newest actor outermost. RFC 8693 §4.1. */
function actorWithin(actor: Actor, before: Actor | undefined): Actor {
  let length = 1
  for (let earlier = before; earlier !== undefined; earlier = earlier.act) length++
  if (length > MAX_ACTORS) throw refused('too_many_actors')
  return before === undefined ? actor : { ...actor, act: before }
}
