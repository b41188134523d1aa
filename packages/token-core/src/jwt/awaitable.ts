/** A value that is there, or will be. */
export type Awaitable<T> = T | Promise<T>

/** Whether the value is still to come. Any thenable is: hooks may answer with one of their own. */
export function isPending<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}

/** Goes on with the value: at once when it is there. So one piece of code serves callers that wait and callers that can't. */
export function chain<T, R>(value: Awaitable<T>, next: (value: T) => Awaitable<R>): Awaitable<R> {
  return value instanceof Promise ? value.then(next) : next(value)
}
