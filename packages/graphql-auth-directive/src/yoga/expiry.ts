/** Ends a stream when the token that opened it expires. */

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

/**
 * Passes a stream on until an instant, then yields one last value and completes. The source is closed at that moment,
 * also while nobody is reading.
 * @param at epoch seconds
 */
export function endAt<T>(source: AsyncIterable<T>, at: number, last: () => T, clock: Clock): AsyncIterableIterator<T> {
  const iterator = source[Symbol.asyncIterator]()
  let state: 'open' | 'expired' | 'closed' = 'open'
  let interrupt: (() => void) | undefined
  const cancel = clock.schedule(() => {
    if (state !== 'open') return
    state = 'expired'
    // A source may wait for its own next value before it closes: the reader does not wait for that.
    void Promise.resolve(iterator.return?.()).catch(() => undefined)
    interrupt?.()
  }, at - clock.now())

  const close = () => {
    state = 'closed'
    cancel()
  }
  const finish = (): IteratorResult<T> => {
    const isLast = state === 'expired'
    close()
    return isLast ? { done: false, value: last() } : { done: true, value: undefined }
  }
  return {
    [Symbol.asyncIterator]() {
      return this
    },
    async next() {
      if (state !== 'open') return finish()
      const expired = new Promise<undefined>((resolve) => {
        interrupt = () => resolve(undefined)
      })
      const result = await Promise.race([iterator.next(), expired])
      // The type of `state` does not know that the clock may have run meanwhile.
      if (result === undefined || (state as string) === 'expired') return finish()
      if (result.done) close()
      return result
    },
    async return() {
      close()
      await iterator.return?.()
      return { done: true, value: undefined }
    },
    async throw(error) {
      close()
      if (iterator.throw) return iterator.throw(error)
      throw error
    },
  }
}
