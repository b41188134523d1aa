/**
 * The token manager: one refresh for many callers.
 *
 * @module
 */
import type { OAuthClient, OidcScope, TokenNeed } from './client/client.js'
import { getTokens, type TokenWish } from './manager/engine.js'
import { memoryLock, memoryStore } from './manager/memory.js'
import { WHOLE } from './manager/record.js'
import { type Engine, type TokenListener, type TokenSource, tell } from './manager/state.js'
import type { Lock, TokenStore } from './manager/store.js'
import { createVault } from './manager/vault.js'
import type { Tokens } from './token-endpoint/tokens.js'

export type { TokenWish } from './manager/engine.js'
export { memoryLock, memoryStore } from './manager/memory.js'
export type { TokenChange, TokenListener, TokenSource } from './manager/state.js'
export type { Lock, StoredRecord, TokenStore } from './manager/store.js'

/** `scope` and `resource` are what a caller without a wish gets; with a user's tokens leave `scope` out to get all that was granted. */
export interface TokenManagerOptions<S extends string = string> extends TokenNeed<S> {
  /** Whose tokens: the subject, or the id of a session. Needed with a store that keeps the tokens of several. */
  readonly key?: string | undefined
  /** Who shares the store shares the tokens. @default memoryStore(), of this manager alone */
  readonly store?: TokenStore | undefined
  /** Spares those who share the store the waiting. @default memoryLock(), of this manager alone */
  readonly lock?: Lock | undefined
  /** Where tokens come from when not from a refresh token: `(need) => clientCredentials(client, need)`, or a function of your own. */
  readonly source?: TokenSource<S> | undefined
  /**
   * Seconds for which the server is known to answer a used refresh token once more; Infinity for one that does not rotate. Within them
   * a refresh whose answer was lost is tried again, once; else it ends in `grant_lost`. @default 0
   */
  readonly retryWindow?: number | undefined
  /** Called with the tokens that others have taken the place of, such as `(old) => revoke(client, old)`; a failure is ignored. */
  readonly supersede?: ((old: Tokens<S | OidcScope>) => Promise<unknown>) | undefined
  /** Between 0 and 1: spreads early renewals. @default Math.random */
  readonly random?: (() => number) | undefined
}

export interface TokenManager<S extends string = string> {
  readonly client: OAuthClient<S>
  /** The tokens of the whole grant as this manager saw them last, fresh or not; undefined also before it has looked. */
  readonly tokens: Tokens<S | OidcScope> | undefined
  /**
   * Gives tokens that can be used now. Callers with the same wish share one request; requests of one grant follow each other.
   * With `scope` the token holds exactly these values, narrowed from the grant; without, all that was granted. In the last part
   * of their life tokens are renewed, and serve on when that fails.
   *
   * @throws {OAuthClientError} login_required, grant_lost, insufficient_scope, store_failed, and what the token endpoint led to
   */
  get(wish?: TokenWish<S>): Promise<Tokens<S | OidcScope>>
  /** Looks into the store, and nowhere else: the tokens of the whole grant, fresh or not; undefined when nobody is signed in. */
  load(): Promise<Tokens<S | OidcScope> | undefined>
  /** Takes the tokens of a new login, kept before it resolves. False, and nothing happens, when newer ones are held. */
  adopt(tokens: Tokens<S | OidcScope>): Promise<boolean>
  /** Forgets everything; what is under way comes to nothing. Revokes nothing: that is `revoke`. */
  clear(): Promise<void>
  /** Hears of every change. Returns the function that ends it. */
  subscribe(listener: TokenListener<S | OidcScope>): () => void
  /** Stops listening to the store. */
  close(): void
}

/** Makes a token manager: five callers with an expired token, or a hundred, in one process or in many, make one token request. */
export function createTokenManager<S extends string = string>(
  client: OAuthClient<S>,
  options: TokenManagerOptions<NoInfer<S>> = {},
): TokenManager<S> {
  const { store = memoryStore(), key = 'tokens', source, scope, resource, supersede, random = Math.random } = options
  // CL-08, CL-17: what one issuer gave is never shown to another.
  const storeKey = JSON.stringify([client.issuer, client.clientId, key])
  const vault = createVault(store, storeKey)
  const engine: Engine<S> = {
    client,
    source,
    vault,
    lock: options.lock ?? memoryLock(),
    lockKey: storeKey,
    retryWindow: options.retryWindow ?? 0,
    lot: random(),
    standard: { scope, resource },
    listeners: new Set(),
    flights: new Map(),
    postponed: new Map(),
    lost: undefined,
  }
  const close = store.subscribe?.(storeKey, () => void lookAgain(engine)) ?? (() => undefined)
  // `as`, here and below: grantTokens lets no undeclared value in, which is what S says.
  type Granted = Tokens<S | OidcScope>
  return {
    client,
    get tokens() {
      return vault.last?.record?.held[WHOLE] as Granted | undefined
    },
    get: (wish = {}) => getTokens(engine, wish) as Promise<Granted>,
    load: async () => (await vault.read()).record?.held[WHOLE] as Granted | undefined,
    async adopt(tokens) {
      const old = await replace(engine, tokens)
      if (old === 'newer') return false
      engine.lost = undefined
      tell(engine, 'adopted')
      if (old) await supersede?.(old as Granted).catch(() => undefined)
      return true
    },
    async clear() {
      await replace(engine, undefined)
      engine.lost = undefined
      tell(engine, 'cleared')
    },
    subscribe(listener) {
      engine.listeners.add(listener)
      return () => engine.listeners.delete(listener)
    },
    close,
  }
}

/** Puts other tokens there, or none, whatever is under way. Gives those that were there before, or `newer` when they stay. */
async function replace(
  { vault }: Pick<Engine<string>, 'vault'>,
  next: Tokens | undefined,
): Promise<Tokens | undefined | 'newer'> {
  for (;;) {
    const current = await vault.read()
    const old = current.record?.held[WHOLE]
    if (next && old && next.obtainedAt < old.obtainedAt) return 'newer'
    if (!next && !current.version) return old
    if (await vault.swap(current, next && { held: { [WHOLE]: next } })) return old
  }
}

async function lookAgain<S extends string>(engine: Engine<S>): Promise<void> {
  const { vault } = engine
  const seen = vault.last?.version
  try {
    if ((await vault.read()).version !== seen) tell(engine, 'changed')
  } catch {
    // Who needs tokens next hears that the store failed.
  }
}
