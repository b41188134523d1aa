import { readOnly, sentence } from './answers.js'
import type { Fetch } from './hosts.js'

/** Says 200 when the example can serve: when each of the checks answers. Why not stays in the log of who checks. */
export const createHealth = (checks: readonly (() => Promise<unknown>)[]): Fetch =>
  readOnly(async () => {
    const results = await Promise.allSettled(checks.map(async (check) => check()))
    const healthy = results.every((result) => result.status === 'fulfilled')
    return healthy ? sentence(200, 'ok') : sentence(503, 'The database does not answer.', { 'retry-after': '5' })
  })
