import { setTimeout as sleep } from 'node:timers/promises'
import type { SqlPort, SqlQuery } from '../storage/sql/port.js'

export interface Faults {
  /** Milliseconds at most before a statement is sent, and again before its answer is seen. */
  readonly delay: number
  /** How often an answer is lost after the statement took effect: 0 to 1. */
  readonly lost: number
}

/** A database behind a bad network: statements take their time, and answers get lost after they took effect. */
export function flakyPort(port: SqlPort, { delay, lost }: Faults, random: () => number = Math.random): SqlPort {
  const disturb = async <T>(run: () => Promise<T>): Promise<T> => {
    await sleep(random() * delay)
    const result = await run()
    await sleep(random() * delay)
    if (random() < lost) throw new Error('the answer was lost')
    return result
  }
  const query: SqlQuery = (text, values) => disturb(() => port.query(text, values))
  // Inside a transaction only the answer to its commit can get lost: what fails before rolls back.
  return { query, transaction: (run) => disturb(() => port.transaction(run)), close: () => port.close() }
}
