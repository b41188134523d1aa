import { type Challenge, parseChallenges } from '@scopewise/token-core/challenge'
import { isJsonType, isObject, readJson, readText } from '../http/json.js'

/** What an API can ask for that a client can bring. RFC 6750 §3.1, RFC 9470 §3. `login`: it got no token and wants one. */
const ERRORS = ['invalid_token', 'insufficient_scope', 'insufficient_user_authentication', 'login'] as const

/** What an API asks for before it will answer. */
export interface Demand {
  readonly error: (typeof ERRORS)[number]
  /** The `scope` of the challenge; empty when it has none. */
  readonly scope: readonly string[]
  readonly acrValues: readonly string[] | undefined
  /** Seconds. */
  readonly maxAge: number | undefined
  readonly challenge: Challenge
}

/** A GraphQL answer that refuses the whole operation is short; longer answers are not searched. In bytes. */
const MAX_REFUSAL = 65_536

/** Finds what a response demands: in its header, else in the errors of a GraphQL answer. The response stays readable. */
export async function readDemand(response: Response, method = 'POST'): Promise<Demand | undefined> {
  const { status, headers } = response
  // To read every answer of an API twice would be dear: a GraphQL operation is posted, or its answer says what it is.
  const isOther = status === 200 && method !== 'POST' && !headers.get('content-type')?.includes('graphql')
  if (isOther || (status !== 401 && status !== 403 && status !== 200)) return undefined
  const demand = status === 200 ? undefined : findDemand(parseChallenges(headers))
  if (demand || !isJsonType(headers.get('content-type'))) return demand
  if (Number(headers.get('content-length')) > MAX_REFUSAL) return undefined
  try {
    const text = await readText(response.clone().body, MAX_REFUSAL)
    return text.includes('"challenge"') ? findGraphqlDemand(readJson(text)) : undefined
  } catch {
    // Too long, or broken off: the caller will see for itself.
    return undefined
  }
}

/** The first Bearer or DPoP challenge that a client can meet. Pure. */
export function findDemand(challenges: readonly Challenge[]): Demand | undefined {
  for (const challenge of challenges) {
    const { error: sent = 'login', scope, acr_values: acr, max_age: age } = challenge.parameters
    const error = ERRORS.find((known) => known === sent)
    if (!error || !/^(bearer|dpop)$/i.test(challenge.scheme)) continue
    const maxAge = age !== undefined && /^\d{1,9}$/.test(age) ? Number(age) : undefined
    return { error, scope: words(scope) ?? [], acrValues: words(acr), maxAge, challenge }
  }
  return undefined
}

const words = (text: string | undefined) => text?.split(' ').filter(Boolean)

/**
 * The same from `errors[].extensions.challenge`. Only of an operation that was refused before it ran: what has run, a mutation
 * say, must not run twice. An answer to one that ran has `data`, be it null (GraphQL §7.1). Pure.
 */
export function findGraphqlDemand(answer: unknown): Demand | undefined {
  if (!isObject(answer) || !Array.isArray(answer['errors']) || 'data' in answer) return undefined
  const errors: readonly unknown[] = answer['errors']
  const texts = errors.map(
    (error) => isObject(error) && isObject(error['extensions']) && error['extensions']['challenge'],
  )
  return findDemand(texts.flatMap((text) => (typeof text === 'string' ? parseChallenges(text) : [])))
}
