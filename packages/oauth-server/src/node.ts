import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { NodeRequest, type NodeResponse, sendNodeResponse } from 'srvx/node'

/** Anything that answers a Request: `server.fetch`, or your own router over several of them. */
export type FetchHandler = (request: Request) => Response | Promise<Response>

export interface NodeHandlerOptions {
  /** Bytes that a body may have. @default 1 MiB */
  readonly maxBodySize?: number
}

export interface ServeOptions extends NodeHandlerOptions {
  readonly fetch: FetchHandler
  /** 0 lets the operating system choose. */
  readonly port: number
  /** @default 127.0.0.1: reachable from this machine only */
  readonly host?: string
}

export interface RunningServer {
  readonly port: number
  /** Stops listening, answers what is in flight, and resolves when the port is free: after 5 seconds at most. */
  close(): Promise<void>
}

const MEBIBYTE = 1_048_576
/** Milliseconds that requests in flight get to finish. */
const GRACE = 5000
/** Milliseconds. A peer that trickles its request must not hold a connection for ever. */
const REQUEST_TIMEOUT = 30_000
const HEADERS_TIMEOUT = 10_000
/** Milliseconds between two looks at both: Node looks each half minute, and a peer could take that much longer. */
const CHECK_INTERVAL = 5000

/** Turns a fetch handler into one for node:http. Forwarding headers are not believed. A handler that throws answers 500 without a word about why. */
export function toNodeHandler(
  fetch: FetchHandler,
  { maxBodySize = MEBIBYTE }: NodeHandlerOptions = {},
): (request: IncomingMessage, response: ServerResponse) => void {
  const answer = async (request: Request): Promise<Response> => {
    try {
      return await fetch(request)
    } catch {
      return new Response('{"error":"server_error"}', {
        status: 500,
        headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
      })
    }
  }
  return (req, res) => {
    if (res.getHeaderNames().length > 0) gatherFields(res)
    answer(new NodeRequest({ req, res, maxRequestBodySize: maxBodySize }))
      .then((made) => send(res, made))
      // Every failure is answered inside; what is left is a peer that went away.
      .catch(() => res.destroy())
  }
}

/** Sends an answer; one that is a single text, as most are, in a single write. */
function send(res: ServerResponse, made: Response | NodeResponse): Promise<void> | undefined {
  if (!('_toNodeResponse' in made)) return sendNodeResponse(res, made)
  // It can be asked once.
  const prepared = made._toNodeResponse()
  const { status, statusText, headers, body } = prepared
  if (typeof body !== 'string') return sendNodeResponse(res, Object.assign(made, { _toNodeResponse: () => prepared }))
  res.writeHead(status, statusText || undefined, headers).end(body)
  return undefined
}

/**
 * Hands fields of one name over together. Node 20 keeps only the last of them on a response that has fields already, as Express sets
 * some: of two cookies one would be lost.
 */
function gatherFields(response: ServerResponse): void {
  const writeHead = response.writeHead.bind(response)
  // Fields come as name, value, name, value.
  response.writeHead = (status: number, message?: unknown, pairs?: unknown): ServerResponse => {
    const texts = Array.isArray(pairs) ? pairs.map(String) : []
    const fields = new Map<string, string | string[]>()
    for (let i = 0; i < texts.length; i += 2) {
      const [name = '', value = ''] = texts.slice(i, i + 2)
      const before = fields.get(name)
      fields.set(name, before === undefined ? value : [before, value].flat())
    }
    return writeHead(status, typeof message === 'string' ? message : undefined, Object.fromEntries(fields))
  }
}

/**
 * Serves a fetch handler over HTTP/1.1.
 * @throws when the port is taken or the host can't be listened on: the system's own error with its `code`.
 */
export async function serve({ fetch, port, host = '127.0.0.1', ...options }: ServeOptions): Promise<RunningServer> {
  const server = createServer(
    { requestTimeout: REQUEST_TIMEOUT, headersTimeout: HEADERS_TIMEOUT, connectionsCheckingInterval: CHECK_INTERVAL },
    toNodeHandler(fetch, options),
  )
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
  const address = server.address()
  let closing: Promise<void> | undefined
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    close: () => {
      closing ??= closeGracefully(server)
      return closing
    },
  }
}

function closeGracefully(server: Server): Promise<void> {
  return new Promise((resolve) => {
    // A connection becomes idle when its last answer is out, and node looks for idle ones only when it is told to.
    const sweep = setInterval(() => server.closeIdleConnections(), 50)
    const end = setTimeout(() => server.closeAllConnections(), GRACE)
    server.close(() => {
      clearInterval(sweep)
      clearTimeout(end)
      resolve()
    })
    server.closeIdleConnections()
  })
}
