/** One GET over HTTPS to one address that was checked before. */
export interface PinnedRequest {
  readonly url: URL
  /** The connection is made to this address, whatever the name means by now. */
  readonly address: string
  readonly headers: Readonly<Record<string, string>>
  readonly signal: AbortSignal
  /** Bytes. */
  readonly maxSize: number
}

type PinnedExchange = (request: PinnedRequest) => Promise<Response>
type Resolve = (hostname: string) => Promise<readonly string[]>

/** What this needs of node:https and node:dns. */
export interface PinningRuntime {
  readonly exchange: PinnedExchange
  readonly resolve: Resolve
}

interface Process {
  readonly versions?: Readonly<Record<string, string | undefined>>
  getBuiltinModule?(id: string): unknown
}

/** Node can make a connection to an address of ours under the name of the host. Others speak of node:https but resolve the name again. */
export function pinningRuntime(certificate?: string): PinningRuntime | undefined {
  const { process }: { process?: Process } = globalThis
  const isNode = process?.versions?.['node'] !== undefined && !process.versions['bun'] && !process.versions['deno']
  const https = isNode ? process?.getBuiltinModule?.('node:https') : undefined
  const dns = isNode ? process?.getBuiltinModule?.('node:dns/promises') : undefined
  if (!https || !dns || globalThis.navigator?.userAgent === 'Cloudflare-Workers') return undefined
  // Node gives these modules under these names.
  const { request } = https as typeof import('node:https')
  const { lookup } = dns as typeof import('node:dns/promises')
  return {
    resolve: async (hostname) =>
      (await lookup(hostname, { all: true, order: 'verbatim' })).map(({ address }) => address),
    exchange: (pinned) => exchange(request, pinned, certificate),
  }
}

/** Whether this runtime can make a connection to an address that was checked. */
export const canPin = (): boolean => pinningRuntime() !== undefined

function exchange(
  request: typeof import('node:https').request,
  { url, address, headers, signal, maxSize }: PinnedRequest,
  certificate: string | undefined,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        // The address stands where the name would, so there is nothing left to resolve; the name is what the certificate has to prove.
        host: address,
        servername: url.hostname,
        port: url.port === '' ? 443 : Number(url.port),
        path: `${url.pathname}${url.search}`,
        headers: { host: url.host, ...headers },
        // A connection of its own: none is reused, and no agent that knows a proxy comes in between.
        agent: false,
        signal,
        ...(certificate !== undefined && { ca: certificate }),
      },
      (incoming) => {
        const chunks: Uint8Array<ArrayBuffer>[] = []
        let size = 0
        incoming.on('data', (chunk: Uint8Array<ArrayBuffer>) => {
          size += chunk.byteLength
          if (size > maxSize) incoming.destroy(new Error('the answer is too large'))
          chunks.push(chunk)
        })
        incoming.on('error', reject)
        incoming.on('end', () => {
          const { statusCode = 500, headers: got } = incoming
          const kept = ['content-type', 'cache-control', 'etag'] as const
          const pairs = kept.flatMap((name): [string, string][] => {
            const value = got[name]
            return value === undefined ? [] : [[name, value]]
          })
          // A 1xx, 204 or 304 may have no body, and none of them is an answer here.
          const body = statusCode === 200 ? new Blob(chunks) : null
          resolve(new Response(body, { status: statusCode < 200 ? 500 : statusCode, headers: pairs }))
        })
      },
    )
    sent.on('error', reject)
    sent.end()
  })
}
