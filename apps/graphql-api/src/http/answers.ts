type Headers = Readonly<Record<string, string>>

/** An answer that is one sentence for whoever called. */
export const sentence = (status: number, text: string, headers: Headers = {}): Response =>
  new Response(`${text}\n`, { status, headers: { 'content-type': 'text/plain; charset=utf-8', ...headers } })

/** The answer to a path that holds nothing. */
export const notFound = (): Response => sentence(404, 'There is nothing at this address.')

/** Runs the handler for the methods that read, and refuses the others. RFC 9110 §15.5.6. */
export function readOnly(
  handler: (request: Request) => Response | Promise<Response>,
): (request: Request) => Promise<Response> {
  return async (request) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return sentence(405, 'This address is only for reading.', { allow: 'GET, HEAD' })
    }
    const response = await handler(request)
    return request.method === 'HEAD' ? new Response(null, response) : response
  }
}
