/** Gives up on an exchange that takes longer than it may, body included, even when `fetch` does not look at its signal. */
export function within<T>(seconds: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const signal = AbortSignal.timeout(seconds * 1000)
  const timeout = new Promise<never>((_, reject) => {
    signal.onabort = () => reject(new Error(`No answer within ${seconds} seconds.`))
  })
  return Promise.race([work(signal), timeout])
}

/** Reads a stream of bytes that may have at most so many. @throws {Error} as soon as it has more */
export async function readBytes(
  stream: ReadableStream<Uint8Array> | null,
  maxSize: number,
): Promise<Uint8Array<ArrayBuffer>> {
  // Filled as far as bytes arrive, so that what is too large is never held.
  const bytes = new Uint8Array(maxSize)
  let size = 0
  const reader = stream?.getReader()
  for (let step = await reader?.read(); step && !step.done; step = await reader?.read()) {
    if (size + step.value.length > maxSize) {
      await reader?.cancel()
      throw new Error(`The answer has more than ${maxSize} bytes.`)
    }
    bytes.set(step.value, size)
    size += step.value.length
  }
  return bytes.subarray(0, size)
}
