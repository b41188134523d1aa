import { describe, expect, it } from 'vitest'
import { createClock } from '../testing/clock.js'
import { armAt, type Clock, endWhen, systemClock } from './expiry.js'

const endAt = <T>(source: AsyncIterable<T>, at: number, last: () => T, clock: Clock) =>
  endWhen(source, armAt(at, last, clock))

async function* count(onClose: () => void, until = 3) {
  try {
    for (let number = 1; number <= until; number++) yield number
  } finally {
    onClose()
  }
}

describe('endWhen', () => {
  it('passes a stream on and forgets the timer when it ends first', async () => {
    const { clock, timers } = createClock(100)
    const seen: number[] = []
    for await (const value of endAt(
      count(() => undefined),
      160,
      () => -1,
      clock,
    ))
      seen.push(value)
    expect([seen, timers.size]).toEqual([[1, 2, 3], 0])
  })

  it('yields the last value and ends when the time comes between two values', async () => {
    const { clock, advance } = createClock(100)
    let closed = 0
    const stream = endAt(
      count(() => closed++),
      160,
      () => -1,
      clock,
    )
    expect(await stream.next()).toEqual({ done: false, value: 1 })
    advance(60)
    expect(await stream.next()).toEqual({ done: false, value: -1 })
    expect(await stream.next()).toEqual({ done: true, value: undefined })
    expect(closed).toBe(1)
  })

  it('wakes a reader who waits', async () => {
    const { clock, advance } = createClock(100)
    const silent: AsyncIterable<number> = { [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) }
    const stream = endAt(silent, 160, () => -1, clock)
    const waiting = stream.next()
    advance(59)
    advance(1)
    expect(await waiting).toEqual({ done: false, value: -1 })
  })

  it('S13 ends by whatever ends first, once', async () => {
    const { clock, advance, timers } = createClock(100)
    let revoke: (() => void) | undefined
    let isForgotten = false
    const silent: AsyncIterable<number> = { [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) }
    const stream = endWhen<number>(silent, (end) => {
      const forget = armAt(160, () => -1, clock)(end)
      revoke = () => end(-2)
      return () => {
        forget()
        isForgotten = true
      }
    })
    const waiting = stream.next()
    revoke?.()
    advance(60)
    expect(await waiting).toEqual({ done: false, value: -2 })
    expect(await stream.next()).toEqual({ done: true, value: undefined })
    expect([isForgotten, timers.size]).toEqual([true, 0])
  })

  it('closes the source and the timer when the reader leaves', async () => {
    const { clock, timers } = createClock(100)
    let closed = 0
    for await (const value of endAt(
      count(() => closed++),
      160,
      () => -1,
      clock,
    ))
      if (value === 1) break
    expect([closed, timers.size]).toEqual([1, 0])
  })

  it('passes on the error of a source', async () => {
    const { clock } = createClock(100)
    const failing: AsyncIterable<number> = {
      [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error('gone')) }),
    }
    await expect(endAt(failing, 160, () => -1, clock).next()).rejects.toThrow('gone')
  })

  it('ends a stream at once whose token has expired already', async () => {
    const stream = endAt(
      count(() => undefined),
      0,
      () => -1,
      systemClock,
    )
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect(await stream.next()).toEqual({ done: false, value: -1 })
  })

  it('does not end a stream at once whose token lives for a month', async () => {
    const later = systemClock.now() + 31 * 86_400
    const stream = endAt(
      count(() => undefined),
      later,
      () => -1,
      systemClock,
    )
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect(await stream.next()).toEqual({ done: false, value: 1 })
    await stream.return?.()
  })
})
