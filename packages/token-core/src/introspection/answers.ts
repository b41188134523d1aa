import { digest } from '../encoding/digest.js'
import { TokenError } from '../errors.js'

type Answer = Record<string, unknown> | undefined

/** How long answers are believed. Seconds. */
export interface AnswerCacheOptions {
  /** How long an active token is taken to be active, 0 to 300, and never beyond its `exp`. @default 30 */
  readonly lifetime?: number | undefined
  /** How long a token that is not active is taken to be so. @default 5, and never longer than `lifetime` */
  readonly inactiveLifetime?: number | undefined
  /** How many answers are remembered at most. @default 10000 */
  readonly max?: number | undefined
}

/** Seconds in which a failing endpoint is left alone. */
const PAUSE = 1

/**
 * Remembers answers by the SHA-256 of their tokens, and asks once for all who wait for the same one. What could not be
 * answered is not remembered, but for a second nobody asks again. RFC 7662 §4.
 * @throws {TokenError} `temporarily_unavailable`
 */
export function createAnswers(
  ask: (token: string) => Promise<Answer>,
  { lifetime = 30, inactiveLifetime = Math.min(5, lifetime), max = 10_000 }: AnswerCacheOptions,
  now: () => number,
): (token: string) => Promise<Answer> {
  const known = new Map<string, { readonly answer: Answer; readonly until: number }>()
  const underway = new Map<string, Promise<Answer>>()
  let failed: { readonly until: number; readonly cause: unknown } | undefined

  async function askOnce(token: string, key: string): Promise<Answer> {
    try {
      const answer = await ask(token)
      const exp = answer?.['exp']
      const until = now() + (answer ? lifetime : inactiveLifetime)
      const [oldest] = known.keys()
      if (known.size >= max && oldest !== undefined) known.delete(oldest)
      known.set(key, { answer, until: typeof exp === 'number' ? Math.min(until, exp) : until })
      failed = undefined
      return answer
    } catch (cause) {
      failed = { until: now() + PAUSE, cause }
      throw unavailable(cause)
    } finally {
      underway.delete(key)
    }
  }

  return async (token) => {
    const key = await digest(token)
    const remembered = known.get(key)
    if (remembered && now() < remembered.until) return remembered.answer
    known.delete(key)
    const waiting = underway.get(key)
    if (waiting) return waiting
    if (failed && now() < failed.until) throw unavailable(failed.cause)
    const asked = askOnce(token, key)
    underway.set(key, asked)
    return asked
  }
}

function unavailable(cause: unknown): TokenError {
  return new TokenError('temporarily_unavailable', { cause, retryAfter: PAUSE })
}
