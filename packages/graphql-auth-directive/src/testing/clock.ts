/** A clock that a test moves. */
import type { Clock } from '../serve/expiry.js'

export function createClock(start: number) {
  const timers = new Set<{ readonly at: number; readonly run: () => void }>()
  let now = start
  const clock: Clock = {
    now: () => now,
    schedule(run, seconds) {
      const timer = { at: now + seconds, run }
      timers.add(timer)
      return () => timers.delete(timer)
    },
  }
  const advance = (seconds: number) => {
    now += seconds
    for (const timer of [...timers]) if (timer.at <= now && timers.delete(timer)) timer.run()
  }
  return { clock, advance, timers }
}
