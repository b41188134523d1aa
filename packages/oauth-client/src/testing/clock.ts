/** A clock that stands still until it is told otherwise. Epoch seconds. */
export function createClock(start = 1_700_000_000): { now: () => number; advance: (seconds: number) => void } {
  let at = start
  return {
    now: () => at,
    advance(seconds) {
      at += seconds
    },
  }
}
