/** What is known of one server. Nonces of the authorization server and of an API are never mixed. RFC 9449 §8.2, §9. */
export interface Origin {
  readonly nonce: string | undefined
  /** Seconds by which the server's clock is ahead. */
  readonly offset: number
  /** Takes the nonce and the time from an answer; true when something is new. */
  learn(headers: Headers, now: number): boolean
  /** Runs the first request alone; the others wait until it was answered. */
  first<T>(request: () => Promise<T>): Promise<T>
}

/** Seconds: a smaller difference is the time that the answer took, and verifiers allow for it. */
const TOLERANCE = 5

export function createOrigins(): (origin: string) => Origin {
  const known = new Map<string, Origin>()
  return (name) => {
    const origin = known.get(name) ?? createOrigin()
    known.set(name, origin)
    return origin
  }
}

function createOrigin(): Origin {
  let nonce: string | undefined
  let offset = 0
  let isWarm = false
  let ahead: Promise<unknown> | undefined
  return {
    get nonce() {
      return nonce
    },
    get offset() {
      return offset
    },
    learn(headers, now) {
      isWarm = true
      const next = headers.get('dpop-nonce') ?? nonce
      const time = Date.parse(headers.get('date') ?? '') / 1000
      const drift = Number.isNaN(time) ? offset : time - now
      const nextOffset = Math.abs(drift) > TOLERANCE ? drift : 0
      const isNew = next !== nonce || Math.abs(nextOffset - offset) > TOLERANCE
      nonce = next
      offset = nextOffset
      return isNew
    },
    async first(request) {
      while (!isWarm && ahead) await ahead
      if (isWarm) return request()
      const flight = request()
      ahead = flight
        .catch(() => undefined)
        .then(() => {
          ahead = undefined
        })
      return flight
    },
  }
}
