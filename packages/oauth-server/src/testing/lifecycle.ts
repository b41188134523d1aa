import { randomToken, sha256 } from '@scopewise/token-core/encoding'
import type { Scheduler } from 'fast-check'
import type { AuthorizationServer } from '../authorization-server.js'
import { grantOf } from '../storage/contract/records.js'
import type { Store } from '../storage/store.js'
import { API, CALLBACK, challenge, createHarness, post, redeem, refresh } from './harness.js'
import { type Answer, act, type Deed, LIFETIMES, type Model, orders, see } from './lifecycle-model.js'

/** A store that can be opened again as after a crash. */
export interface Reopening {
  readonly store: Store
  reopen(): Promise<Store>
}

/** A server on a store, whose clients do as they are told. */
export interface Real {
  server: AuthorizationServer
  store: Store
  readonly stores: Reopening
  readonly clock: { now: number }
  readonly grants: { readonly id: string; readonly code: string; readonly tokens: Map<number, string> }[]
  /** Loses the answer of the next transition after it took effect. */
  loseNextAnswer: boolean
  /** Puts the calls of the store into an order of its own while several deeds are under way. */
  readonly scheduler: Scheduler
  isScheduled: boolean
}

export async function startReal(stores: Reopening, scheduler: Scheduler, now: number): Promise<Real> {
  const flags = { loseNextAnswer: false, isScheduled: false }
  const real: Partial<Real> = { stores, scheduler, clock: { now }, grants: [], ...flags }
  return serve(real as Real, stores.store) // server and store are filled in by `serve`
}

/** A server that was just started: nothing of an earlier one is left but the store. */
export async function serve(real: Real, store: Store): Promise<Real> {
  const { server } = await createHarness({
    store: watched(real, store),
    lifetimes: LIFETIMES,
    now: () => real.clock.now,
  })
  return Object.assign(real, { server, store })
}

const TRANSITIONS: readonly string[] = ['redeemAuthorizationCode', 'rotateRefreshToken']

/** The same store behind a bad network. */
function watched(real: Real, store: Store): Store {
  return new Proxy(store, {
    get(target, name, receiver) {
      const member: unknown = Reflect.get(target, name, receiver)
      if (typeof member !== 'function') return member
      return async (...parameters: unknown[]) => {
        if (real.isScheduled) await real.scheduler.schedule(Promise.resolve(), String(name))
        const result: unknown = await member.apply(target, parameters)
        if (!real.loseNextAnswer || !TRANSITIONS.includes(String(name))) return result
        real.loseNextAnswer = false
        throw new Error('the answer was lost')
      }
    },
  })
}

export async function mintReal({ store, clock, grants }: Real): Promise<void> {
  const [id, code] = [randomToken(16), randomToken()]
  const expiresAt = clock.now + LIFETIMES.authorizationCode
  const grant = grantOf(id, {
    scope: ['openid', 'offline_access', 'notes:read'],
    resources: [API],
    createdAt: clock.now,
    authTime: clock.now,
    refreshUntil: clock.now + LIFETIMES.refreshToken,
    expiresAt,
  })
  const row = { hash: await sha256(code), grantId: id, redirectUri: CALLBACK, codeChallenge: challenge }
  await store.putAuthorization(
    {
      interaction: undefined,
      pushedRequest: undefined,
      consent: undefined,
      grant,
      code: { ...row, nonce: undefined, jkt: undefined, expiresAt, redeemedAt: undefined },
    },
    clock.now,
  )
  grants.push({ id, code, tokens: new Map() })
}

/** What the server answered: a refresh token, or what the model would say. */
type RealAnswer = { readonly token: string } | 'refused' | 'revoked' | 'unavailable'

export async function actReal({ server, grants }: Real, deed: Deed): Promise<RealAnswer> {
  const grant = grants[deed.grant]
  if (!grant) throw new RangeError('no such grant')
  const answer = await ask(server, grant, deed)
  if (answer.status === 503 && answer.headers.get('retry-after')) return 'unavailable'
  if (deed.deed === 'revoke' && answer.status === 200) return 'revoked'
  if (answer.status === 400 && answer.body['error'] === 'invalid_grant') return 'refused'
  const token = answer.body['refresh_token']
  if (answer.status !== 200 || token === undefined || answer.body['access_token'] === undefined)
    throw new Error(`unexpected: ${answer.status} ${answer.body['error']}`)
  return { token }
}

function ask(server: AuthorizationServer, { code, tokens }: Real['grants'][number], deed: Deed) {
  switch (deed.deed) {
    case 'redeem':
      return redeem(server, code)
    case 'redeem_wrongly':
      return redeem(server, code, { code_verifier: 'another-verifier-of-the-length-that-is-asked-for' })
    case 'refresh':
      return refresh(server, tokens.get(deed.token))
    case 'refresh_wrongly':
      return refresh(server, tokens.get(deed.token), { client_id: 'native' })
    case 'revoke':
      return post(server, '/revoke', { token: tokens.get(deed.token), client_id: 'web' })
  }
}

/**
 * Finds an order in which the model gives the same answers as the server gave to these deeds at once, and goes on from there.
 * @throws when there is none: the server did something that no order explains
 */
export function explain(model: Model, real: Real, deeds: readonly { deed: Deed; answer: RealAnswer }[]): Model {
  for (const order of orders(deeds)) {
    const end = follow(model, real, order)
    if (!end) continue
    for (const { grant, number, token } of end.seen) real.grants[grant]?.tokens.set(number, token)
    return end.model
  }
  throw new Error(`no order explains ${JSON.stringify(deeds)} after ${JSON.stringify(model)}`)
}

function follow(start: Model, real: Real, order: readonly { deed: Deed; answer: RealAnswer }[]) {
  let model = start
  const seen: { grant: number; number: number; token: string }[] = []
  for (const { deed, answer } of order) {
    const step = act(model, deed)
    if (answer === 'unavailable') {
      // The answer of the transition was lost. It took effect if it was won; if it was refused, what follows from that did not happen.
      if (typeof step.answer === 'number') model = step.model
      continue
    }
    model = step.model
    if (!isSame(step.answer, answer)) return undefined
    if (typeof step.answer !== 'number' || typeof answer === 'string') continue
    const number = step.answer
    const known =
      seen.find((token) => token.grant === deed.grant && token.number === number)?.token ??
      real.grants[deed.grant]?.tokens.get(number)
    if (known !== undefined && known !== answer.token) return undefined
    seen.push({ grant: deed.grant, number, token: answer.token })
    model = see(model, deed.grant, number)
  }
  const fresh = seen.filter(({ grant, number }) => real.grants[grant]?.tokens.get(number) === undefined)
  const all = [
    ...real.grants.flatMap(({ tokens }) => [...tokens.values()]),
    ...new Set(fresh.map(({ token }) => token)),
  ]
  // Two tokens are never the same.
  return new Set(all).size === all.length ? { model, seen } : undefined
}

const isSame = (expected: Answer, answer: Exclude<RealAnswer, 'unavailable'>): boolean =>
  typeof expected === 'number' ? typeof answer === 'object' : expected === answer
