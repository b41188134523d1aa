import type { Scopes } from '@scopewise/token-core/scope'
import type { ClientAuth } from '../client-auth/client-auth.js'
import { none } from '../client-auth/none.js'
import { createDiscovery } from '../discovery/discover.js'
import { OAuthClientError } from '../errors.js'
import { type Fetch, toSend } from '../http/json.js'
import { parseSecureUrl } from '../http/secure-url.js'
import type { ClientEvent, OAuthClient, ProofOfPossession, RequestPusher, SignatureVerifier } from './client.js'
import type { TransactionStore } from './transaction.js'

export interface ClientOptions<S extends string = string> {
  /** The issuer identifier, exactly as the server states it: https, or http on loopback; no query, no fragment. */
  readonly issuer: string
  readonly clientId: string
  /** Where the server sends the user back to; needed for logins. One of its own for each issuer (RFC 9700 §4.4.2.2). */
  readonly redirectUri?: string | undefined
  /** With it only declared scope values compile, are asked for, and show up in `tokens.scope`. */
  readonly scopes?: Scopes<S> | undefined
  /** @default none(), a public client */
  readonly clientAuth?: ClientAuth | undefined
  /** The API that tokens are for, where a call names no other. RFC 8707 §2. */
  readonly resource?: string | undefined
  /** Where logins wait for their end; needed for logins: `webStorageTransactions`, `sealedTransactions`, `memoryTransactions` … */
  readonly transactions?: TransactionStore | undefined
  /** `dpop()`: tokens are bound to a key, and useless without it. RFC 9449. */
  readonly dpop?: ProofOfPossession | undefined
  /** `pushedRequests()`: authorization requests don't travel through the browser. RFC 9126. */
  readonly par?: RequestPusher | undefined
  /** `idTokenSignatures()`: the signature of ID tokens is verified too. */
  readonly verifySignature?: SignatureVerifier | undefined
  /** @default the global fetch */
  readonly fetch?: Fetch | undefined
  /** The clock, in epoch seconds. */
  readonly now?: (() => number) | undefined
  /** Seconds for one exchange with the server, body included. @default 10 */
  readonly timeout?: number | undefined
  /** Hears what is allowed and yet worth a look. */
  readonly onEvent?: ((event: ClientEvent) => void) | undefined
}

/**
 * Makes a client of one authorization server. Nothing is fetched before it is needed.
 *
 * @throws {OAuthClientError} invalid_configuration or insecure_url, with a sentence that says what to mend
 */
export function createClient<S extends string = string>(options: ClientOptions<S>): OAuthClient<S> {
  const { issuer, clientId, redirectUri } = options
  const url = parseSecureUrl(issuer, 'The issuer')
  refuseIf(url.search, 'The issuer must not have a query: write it as the server states it')
  refuseIf(!clientId, 'clientId is empty: use the one that the client is registered with')
  refuseIf(
    redirectUri !== undefined && (!URL.canParse(redirectUri) || redirectUri.includes('#')),
    'redirectUri must be a whole URL without a fragment, as it is registered',
  )
  const send = toSend(options.fetch)
  const now = options.now ?? (() => Date.now() / 1000)
  const timeout = options.timeout ?? 10
  return {
    issuer,
    clientId,
    redirectUri,
    auth: options.clientAuth ?? none(),
    resource: options.resource,
    scopes: options.scopes,
    transactions: options.transactions,
    dpop: options.dpop,
    par: options.par,
    verifySignature: options.verifySignature,
    send,
    now,
    timeout,
    onEvent: options.onEvent ?? (() => undefined),
    metadata: createDiscovery({ issuer, send, now, timeout }),
  }
}

function refuseIf(isWrong: unknown, sentence: string): void {
  if (isWrong) throw new OAuthClientError('invalid_configuration', sentence)
}
