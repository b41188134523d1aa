import { randomToken } from '@scopewise/token-core/encoding'
import type { Context } from '../context.js'
import type { Seconds } from '../time.js'
import type { Attempt } from './decide.js'
import type { AuthorizationRequest } from './request.js'

/** A pause of an authorization request for a login or a consent. Holds the request only: never who is signed in. */
export interface Interaction extends Attempt {
  /** Burnt by the step that completes it. */
  readonly id: string
  readonly startedAt: Seconds
  readonly expiresAt: Seconds
  readonly request: AuthorizationRequest
}

/** Characters of the sealed form: it travels in a URL. */
const MAX_SEALED = 2000

/** The order in which a request is written down; names would only make the URL longer. */
const FIELDS = [
  'clientId',
  'redirectUri',
  'state',
  'scope',
  'resources',
  'codeChallenge',
  'nonce',
  'prompt',
  'maxAge',
  'acrValues',
  'loginHint',
  'uiLocales',
  'hintDigest',
] as const satisfies readonly (keyof AuthorizationRequest)[]

export function createInteraction({ config, now }: Context, request: AuthorizationRequest): Interaction {
  const at = now()
  return {
    id: randomToken(16),
    attempt: randomToken(12),
    switching: false,
    startedAt: at,
    expiresAt: at + config.lifetimes.interaction,
    request,
  }
}

/** The same interaction, in which the user now wants another account: a login made so far no longer counts. */
export function switchAccount(interaction: Interaction, now: Seconds): Interaction {
  return { ...interaction, attempt: randomToken(12), switching: true, startedAt: now }
}

/** Seals an interaction for the one browser with this binding; undefined when the request is too large to travel in a URL. */
export async function sealInteraction(
  { config, secrets }: Context,
  interaction: Interaction,
  binding: string,
): Promise<string | undefined> {
  const { id, attempt, switching, startedAt, expiresAt, request } = interaction
  const plain = JSON.stringify([
    id,
    attempt,
    switching ? 1 : 0,
    startedAt,
    ...FIELDS.map((field) => request[field] ?? null),
  ])
  const sealed = `${expiresAt}.${await secrets.seal('interaction', plain, associated(config.issuer, expiresAt, binding))}`
  return sealed.length <= MAX_SEALED ? sealed : undefined
}

/** Opens what {@link sealInteraction} made, in the same browser and in time; undefined for anything else. */
export async function openInteraction(
  { config, secrets, now }: Context,
  text: string,
  binding: string,
): Promise<Interaction | undefined> {
  const dot = text.indexOf('.')
  const expiresAt = Number(text.slice(0, dot))
  if (!(expiresAt > now())) return undefined
  const plain = await secrets.open('interaction', text.slice(dot + 1), associated(config.issuer, expiresAt, binding))
  if (plain === undefined) return undefined
  // Authenticated encryption under a purpose of its own: only sealInteraction can have written this.
  const [id, attempt, switching, startedAt, ...values] = JSON.parse(plain) as [
    string,
    string,
    0 | 1,
    number,
    ...unknown[],
  ]
  const request = Object.fromEntries(
    FIELDS.map((field, i) => [field, values[i] ?? undefined]),
  ) as unknown as AuthorizationRequest
  return { id, attempt, switching: switching === 1, startedAt, expiresAt, request }
}

const associated = (issuer: string, expiresAt: Seconds, binding: string): string =>
  JSON.stringify([issuer, expiresAt, binding])
