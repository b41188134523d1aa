/** Ends a stream when the token that opened it is worth nothing any more. */

/** Time, as far as streams need it. */
export interface Clock {
  /** Epoch seconds. */
  now(): number
  /** Runs something once after so many seconds. Answers how to call it off. */
  schedule(run: () => void, seconds: number): () => void
}

// setTimeout takes at most 2^31 - 1 milliseconds, and runs at once beyond.
const MAX_STEP = 2_000_000

/** The clock of the machine. */
export const systemClock: Clock = {
  now: () => Date.now() / 1000,
  schedule(run, seconds) {
    let timer: ReturnType<typeof setTimeout>
    const step = (left: number) => {
      const wait = Math.min(left, MAX_STEP)
      timer = setTimeout(() => (left > wait ? step(left - wait) : run()), wait * 1000)
    }
    step(Math.max(0, seconds))
    return () => clearTimeout(timer)
  },
}

/** Arms what ends a stream: calls `end` with the last value. Answers how to call it off. */
export type Arm<T> = (end: (last: T) => void) => () => void

/** Ends at an instant, in epoch seconds. */
export function armAt<T>(at: number, last: () => T, clock: Clock): Arm<T> {
  return (end) => clock.schedule(() => end(last()), at - clock.now())
}

/**
 * Passes a stream on until it is ended, then yields one last value and completes. The source is closed at that moment,
 * also while nobody is reading.
 */
export function endWhen<T>(source: AsyncIterable<T>, arm: Arm<T>): AsyncIterableIterator<T> {
  const iterator = source[Symbol.asyncIterator]()
  let state: 'open' | 'ended' | 'closed' = 'open'
  let lastValue: { readonly value: T } | undefined
  let interrupt: (() => void) | undefined
  const disarm = arm((value) => {
    if (state !== 'open') return
    state = 'ended'
    lastValue = { value }
    // A source may wait for its own next value before it closes: the reader does not wait for that.
    void Promise.resolve(iterator.return?.()).catch(() => undefined)
    interrupt?.()
  })

  const close = () => {
    state = 'closed'
    disarm()
  }
  const finish = (): IteratorResult<T> => {
    const last = state === 'ended' ? lastValue : undefined
    close()
    return last ? { done: false, value: last.value } : { done: true, value: undefined }
  }
  return {
    [Symbol.asyncIterator]() {
      return this
    },
    async next() {
      if (state !== 'open') return finish()
      const ended = new Promise<undefined>((resolve) => {
        interrupt = () => resolve(undefined)
      })
      const result = await Promise.race([iterator.next(), ended])
      // The type of `state` does not know that the clock may have run meanwhile.
      if (result === undefined || (state as string) === 'ended') return finish()
      if (result.done) close()
      return result
    },
    async return() {
      const isOpen = state === 'open'
      close()
      if (isOpen) await iterator.return?.()
      return { done: true, value: undefined }
    },
    async throw(error) {
      close()
      if (iterator.throw) return iterator.throw(error)
      throw error
    },
  }
}
