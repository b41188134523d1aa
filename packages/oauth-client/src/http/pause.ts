/** Lets seconds pass; rejects with the reason of the signal when it aborts. */
export type Pause = (seconds: number, signal?: AbortSignal) => Promise<void>

export const pause: Pause = (seconds, signal) =>
  new Promise((resolve, reject) => {
    signal?.throwIfAborted()
    const leave = () => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', leave)
      resolve()
    }, seconds * 1000)
    signal?.addEventListener('abort', leave, { once: true })
  })
