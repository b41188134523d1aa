/** What the tokens of a server should do: a model small enough to be seen to be right. */

/** Seconds; the server under test is configured with the same. */
export const LIFETIMES = { authorizationCode: 60, refreshTokenIdle: 400, refreshToken: 700, retryWindow: 30 } as const
const ACCESS_TOKEN_LIFETIME = 600
/** How long a grant is kept beyond its last token. */
const MARGIN = 120

interface Token {
  readonly until: number
  /** Whether the client ever got to see it: its answer may have been lost. */
  readonly isKnown: boolean
  readonly rotation: { readonly retryUntil: number; readonly successor: number } | undefined
}

interface Grant {
  readonly code: 'unused' | 'redeemed'
  readonly codeUntil: number
  readonly refreshUntil: number
  readonly keptUntil: number
  readonly status: 'alive' | 'revoked' | 'removed'
  readonly tokens: readonly Token[]
}

export interface Model {
  readonly now: number
  readonly grants: readonly Grant[]
}

/** What somebody does with a grant. `token` counts those of the grant, from the one that its code bought. */
export type Deed =
  | { readonly deed: 'redeem' | 'redeem_wrongly'; readonly grant: number }
  | { readonly deed: 'refresh' | 'refresh_wrongly' | 'revoke'; readonly grant: number; readonly token: number }

/** What the client is told: the number of the refresh token that it gets, that it gets none, or that the revocation is done. */
export type Answer = number | 'refused' | 'revoked'

export interface Step {
  readonly model: Model
  readonly answer: Answer
}

export function mint(model: Model): Model {
  const codeUntil = model.now + LIFETIMES.authorizationCode
  const grant: Grant = {
    code: 'unused',
    codeUntil,
    refreshUntil: model.now + LIFETIMES.refreshToken,
    keptUntil: codeUntil,
    status: 'alive',
    tokens: [],
  }
  return { ...model, grants: [...model.grants, grant] }
}

export function expire(model: Model): Model {
  const grants = model.grants.map((grant) =>
    grant.keptUntil <= model.now ? { ...grant, status: 'removed' as const } : grant,
  )
  return { ...model, grants }
}

export function act(model: Model, deed: Deed): Step {
  const grant = model.grants[deed.grant]
  if (!grant) throw new RangeError('no such grant')
  switch (deed.deed) {
    case 'redeem':
      return redeem(model, deed.grant, grant)
    case 'refresh':
      return refresh(model, deed.grant, grant, deed.token)
    case 'revoke':
      return { ...revoke(model, deed.grant, grant), answer: 'revoked' }
    // Another client, another verifier: nothing is given, and nothing happens.
    case 'redeem_wrongly':
    case 'refresh_wrongly':
      return { model, answer: 'refused' }
  }
}

function redeem(model: Model, index: number, grant: Grant): Step {
  if (grant.status === 'removed') return { model, answer: 'refused' }
  if (grant.code === 'redeemed') return revoke(model, index, grant)
  if (grant.status === 'revoked' || grant.codeUntil <= model.now) return { model, answer: 'refused' }
  return put(model, index, { ...give(model, grant), code: 'redeemed' }, 0)
}

function refresh(model: Model, index: number, grant: Grant, number: number): Step {
  const token = grant.tokens[number]
  if (!token || grant.status !== 'alive') return { model, answer: 'refused' }
  if (token.rotation) {
    const { retryUntil, successor } = token.rotation
    const isUsed = grant.tokens[successor]?.rotation !== undefined
    return isUsed || retryUntil <= model.now ? revoke(model, index, grant) : { model, answer: successor }
  }
  if (Math.min(token.until, grant.refreshUntil) <= model.now) return { model, answer: 'refused' }
  const successor = grant.tokens.length
  const rotation = { retryUntil: model.now + LIFETIMES.retryWindow, successor }
  const tokens = grant.tokens.map((known, i) => (i === number ? { ...known, rotation } : known))
  return put(model, index, give(model, { ...grant, tokens }), successor)
}

function give(model: Model, grant: Grant): Grant {
  const until = model.now + LIFETIMES.refreshTokenIdle
  const keptUntil = Math.max(grant.keptUntil, until + MARGIN, model.now + ACCESS_TOKEN_LIFETIME + MARGIN)
  return { ...grant, keptUntil, tokens: [...grant.tokens, { until, isKnown: false, rotation: undefined }] }
}

function revoke(model: Model, index: number, grant: Grant): Step {
  return put(model, index, grant.status === 'alive' ? { ...grant, status: 'revoked' } : grant, 'refused')
}

/** The client has seen this token. */
export function see(model: Model, index: number, number: number): Model {
  const grant = model.grants[index]
  if (!grant) return model
  const tokens = grant.tokens.map((token, i) => (i === number ? { ...token, isKnown: true } : token))
  return put(model, index, { ...grant, tokens }, number).model
}

function put(model: Model, index: number, grant: Grant, answer: Answer): Step {
  return { model: { ...model, grants: model.grants.map((known, i) => (i === index ? grant : known)) }, answer }
}

/** Every order in which these may have happened one after the other. */
export function* orders<T>(items: readonly T[]): Generator<readonly T[]> {
  if (items.length <= 1) yield items
  for (const [i, first] of items.entries()) {
    if (items.length <= 1) return
    for (const rest of orders([...items.slice(0, i), ...items.slice(i + 1)])) yield [first, ...rest]
  }
}
