/** How many signatures are verified inline before the event loop gets its turn: a few milliseconds of RSA. */
const BURST = 64

let taken = 0
let waiting: (() => void)[] = []
let isScheduled = false
// Taken now, so that a test with a fake clock does not stop it.
const setImmediate = /* @__PURE__ */ findSetImmediate()

/**
 * A place among those who work inline in this turn of the event loop: at once, or undefined where all places are taken a
 * promise of one in a later turn. A thousand requests that arrive together don't hold up everything else.
 */
export function takeTurn(): Promise<void> | undefined {
  if (!setImmediate) return undefined
  if (taken < BURST && waiting.length === 0) {
    taken++
    return undefined
  }
  schedule(setImmediate)
  return new Promise((resolve) => waiting.push(resolve))
}

function schedule(defer: (work: () => void) => unknown): void {
  if (isScheduled) return
  isScheduled = true
  defer(() => {
    isScheduled = false
    const next = waiting.slice(0, BURST)
    waiting = waiting.slice(BURST)
    taken = next.length
    for (const start of next) start()
    if (waiting.length > 0) schedule(defer)
  })
}

function findSetImmediate(): ((work: () => void) => unknown) | undefined {
  const runtime: { setImmediate?: (work: () => void) => unknown } = globalThis
  return runtime.setImmediate
}
