import { sentence } from './answers.js'
import type { Fetch } from './hosts.js'

/** Bytes of a refused body that are read and forgotten, so that the caller hears the answer on a connection that stays whole. */
const FORGET_AT_MOST = 1_000_000

/** Answers 413 to bodies of more bytes than the limit, and gives the handler the others whole. RFC 9110 §15.5.14. */
export function limitBody(limit: number, handler: Fetch): Fetch {
  return async (request) => {
    if (!request.body) return handler(request)
    const body = await readAtMost(request, request.body, limit)
    if (!body) return sentence(413, `A request may have ${limit} bytes at most.`, { connection: 'close' })
    const { url, method, headers, signal } = request
    return handler(new Request(url, { method, headers, signal, body }))
  }
}

/** The body, or undefined when it is larger. */
async function readAtMost(
  request: Request,
  body: ReadableStream<Uint8Array>,
  limit: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (Number(request.headers.get('content-length') ?? 0) > FORGET_AT_MOST) return undefined
  const chunks: Uint8Array[] = []
  const reader = body.getReader()
  let length = 0
  while (length <= FORGET_AT_MOST) {
    const { done, value } = await reader.read()
    if (done) return length > limit ? undefined : new Uint8Array(Buffer.concat(chunks))
    length += value.byteLength
    if (length <= limit) chunks.push(value)
  }
  // Not cancelled: that would cut the connection before the answer is out.
  return undefined
}
