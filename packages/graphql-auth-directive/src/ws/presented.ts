/** Which token a socket presents: in its `connection_init`, or else in its upgrade request. */

/** A socket as graphql-ws tells of it. */
export interface SocketContext {
  /** What the client sent with `connection_init`. */
  readonly connectionParams?: Readonly<Record<string, unknown>> | null | undefined
  /** The operations that have not ended, by id: graphql-ws takes one out when its last message is sent. */
  readonly subscriptions?: Readonly<Record<string, unknown>> | undefined
  /** Of the adapter: the socket and the upgrade request. */
  readonly extra?: unknown
}

/** A header that no token can follow: it was presented, and is worth nothing. */
const MALFORMED = 'Bearer ,'

/** The request that a verifier can read. */
export function presentedBy({ connectionParams, extra }: SocketContext): Request {
  const upgrade = isRecord(extra) && isRecord(extra['request']) ? extra['request'] : {}
  const sent =
    connectionParams?.['authorization'] ?? connectionParams?.['Authorization'] ?? headerOf(upgrade['headers'])
  const url = new URL(typeof upgrade['url'] === 'string' ? upgrade['url'] : '/', 'http://localhost')
  if (sent === undefined || sent === null) return new Request(url)
  return new Request(url, { headers: { authorization: isHeader(sent) ? sent : MALFORMED } })
}

function headerOf(headers: unknown): unknown {
  if (headers instanceof Headers) return headers.get('authorization')
  return isRecord(headers) ? headers['authorization'] : undefined
}

const isHeader = (value: unknown): value is string => typeof value === 'string' && /^[\x20-\x7e]*$/.test(value)

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
