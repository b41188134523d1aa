import type { Seconds } from '../time.js'

/** How many within how long, from the first one on. */
export interface Limit {
  readonly most: number
  readonly window: Seconds
}

interface Row {
  /** Of one account or client from one network. An IPv6 /56 has 4 times as many, a /48 16 times. */
  readonly each?: Limit
  /** Of all of them from one network. */
  readonly network?: Limit
  /** Of one of them from anywhere. Never for what a stranger could lock: he only has to fail often enough. */
  readonly subject?: Limit
  /** Of one account from anywhere: what is beyond is slowed down, never refused. */
  readonly slow?: Limit
}

/** What is limited. For `password`, `client_authentication`, `user_code` and `token_guess` the failures count, for the others every request. */
const LIMITS = {
  password: {
    each: { most: 10, window: 900 },
    network: { most: 100, window: 900 },
    slow: { most: 100, window: 3600 },
  },
  client_authentication: { each: { most: 20, window: 900 }, network: { most: 200, window: 900 } }, // OAuth 2.1 §2.4.1
  user_code: { subject: { most: 5, window: 900 }, network: { most: 20, window: 900 } }, //          RFC 8628 §5.1
  // Of a client that has authenticated and is no API: no stranger can use it up.
  token_guess: { subject: { most: 200, window: 60 } }, //                                           RFC 7662 §2.1
  registration: { network: { most: 20, window: 3600 } }, //                                         RFC 7591 §5
  client_metadata: { network: { most: 60, window: 600 } },
  pushed_request: { network: { most: 300, window: 60 } }, //                                        RFC 9126 §2.3
  // Of a client that has authenticated: no stranger can use it up.
  pushed_request_of_client: { subject: { most: 1000, window: 60 } },
  device_authorization: { network: { most: 60, window: 600 } },
} as const satisfies Readonly<Record<string, Row>>

export type LimitName = keyof typeof LIMITS

export const limitRow = (name: LimitName): Row => LIMITS[name]
