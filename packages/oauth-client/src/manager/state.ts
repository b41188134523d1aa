import type { OAuthClient, OidcScope, TokenNeed } from '../client/client.js'
import type { OAuthClientError } from '../errors.js'
import type { Tokens } from '../token-endpoint/tokens.js'
import { WHOLE } from './record.js'
import type { Lock } from './store.js'
import type { Vault } from './vault.js'

/** What happened to the tokens. */
export interface TokenChange<S extends string = string> {
  /** `changed`: by somebody else who shares the store. `unsaved`: renewed, but the store did not take them; they are tried again. */
  readonly type: 'adopted' | 'renewed' | 'lost' | 'cleared' | 'changed' | 'unsaved'
  /** The tokens of the whole grant, with the newest refresh token. */
  readonly tokens: Tokens<S> | undefined
  /** With `lost` and `unsaved`. */
  readonly error?: OAuthClientError | undefined
}

export type TokenListener<S extends string> = (change: TokenChange<S>) => void

/** Where a manager gets tokens from when not from a refresh token, such as `(need) => clientCredentials(client, need)`. */
export type TokenSource<S extends string = string> = (need: TokenNeed<S>) => Promise<Tokens<S | OidcScope>>

/** The state of one manager and what it works with. */
export interface Engine<S extends string> {
  readonly client: OAuthClient<S>
  readonly source: TokenSource<S> | undefined
  readonly vault: Vault
  readonly lock: Lock
  readonly lockKey: string
  /** Seconds for which the server answers a used refresh token again. */
  readonly retryWindow: number
  /** Between 0 and 1: spreads early renewals. */
  readonly lot: number
  /** What a caller without a wish gets. */
  readonly standard: TokenNeed<S>
  readonly listeners: Set<TokenListener<S | OidcScope>>
  /** Requests under way, by what they are for; each dies when it is done. */
  readonly flights: Map<string, Promise<Tokens>>
  /** Until when a failed early renewal is not tried again, epoch seconds. */
  readonly postponed: Map<string, number>
  /** Set when the server no longer knows the grant. */
  lost: OAuthClientError | undefined
}

export function tell<S extends string>(engine: Engine<S>, type: TokenChange['type'], error?: OAuthClientError): void {
  // `as`: grantTokens lets no undeclared value in, which is what S says.
  const tokens = engine.vault.last?.record?.held[WHOLE] as Tokens<S | OidcScope> | undefined
  for (const listener of engine.listeners) {
    try {
      listener({ type, tokens, ...(error && { error }) })
    } catch (failure) {
      // As platforms do with event listeners: the error is reported, and harms neither the tokens nor the other listeners.
      queueMicrotask(() => {
        throw failure
      })
    }
  }
}
