import { request } from 'node:http'
import { text } from 'node:stream/consumers'

export interface HttpAnswer {
  readonly status: number
  readonly retryAfter: string | undefined
  readonly body: Readonly<Record<string, string>>
}

/** POSTs to the token endpoint over HTTP, each time on a connection of its own: one that is kept may be closed by the server just when it is used again. */
export async function postToken(
  port: number,
  form: Readonly<Record<string, string | null | undefined>>,
): Promise<HttpAnswer> {
  const body = new URLSearchParams(Object.entries(form).map(([name, value]) => [name, value ?? ''])).toString()
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded', 'content-length': body.length }
    const sent = request({ port, path: '/token', method: 'POST', headers, agent: false }, (response) => {
      text(response).then((content) => {
        const { statusCode: status = 0, headers: got } = response
        // What is read is checked by the test that reads it.
        resolve({ status, retryAfter: got['retry-after'], body: JSON.parse(content) as HttpAnswer['body'] })
      }, reject)
    })
    sent.on('error', reject)
    sent.end(body)
  })
}
