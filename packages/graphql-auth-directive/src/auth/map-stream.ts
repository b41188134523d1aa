/** Maps each value of a stream. No generator: one that waits for a value can't be closed before the value comes. */
export function mapStream<T, R>(source: AsyncIterable<T>, map: (value: T) => R): AsyncIterableIterator<R> {
  const iterator = source[Symbol.asyncIterator]()
  const step = (result: IteratorResult<T>): IteratorResult<R> =>
    result.done ? { done: true, value: undefined } : { done: false, value: map(result.value) }
  return {
    [Symbol.asyncIterator]() {
      return this
    },
    next: async () => step(await iterator.next()),
    async return() {
      await iterator.return?.()
      return { done: true, value: undefined }
    },
    async throw(error) {
      if (iterator.throw) return step(await iterator.throw(error))
      throw error
    },
  }
}
