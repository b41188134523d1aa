import { createClient, endSessionUrl, finishAuthorization, isOAuthClientError, revoke } from '@scopewise/oauth-client'
import { redirectInteraction, webStorageTransactions } from '@scopewise/oauth-client/browser'
import { createFetch } from '@scopewise/oauth-client/fetch'
import { createTokenManager } from '@scopewise/oauth-client/manager'
import type { PageConfiguration } from '../http/site.js'
import { type AnyScope, isAnyScope, scopes } from '../scopes.js'
import type { Arrival } from './arrival.js'
import type { Departure, Memory } from './memory.js'

/** Who is signed in, and with what. */
export interface Account {
  readonly name: string
  readonly scope: readonly string[]
}

/** Where to send the user, and why. */
interface Leaving extends Omit<Departure, 'had' | 'reason'> {
  readonly reason: Exclude<Departure['reason'], 'sign-out'>
  /** All that is asked for. */
  readonly scope: readonly string[]
}

/** Everything about tokens. They stay inside: neither the state of the page nor its storage ever holds one. */
export interface Auth {
  /** Brings the token along to the API. */
  readonly fetch: typeof fetch
  account(): Account | undefined
  /** True when the next request would need a new token. */
  isOver(): boolean
  /** Finds out how the user came; ends a login that was under way. */
  arrive(): Promise<Arrival>
  /** Leaves the page for the authorization server. */
  leave(leaving: Leaving): Promise<never>
  /** Leaves the page to end the session at the authorization server too. */
  signOut(): Promise<void>
}

/** What the page asks for to begin with. Everything else is asked for when an operation needs it. */
export const FIRST_SCOPE: readonly AnyScope[] = ['openid', 'profile', 'notes:read']

/** A token with less time left, in seconds, is not sent any more: it could be over when it arrives. */
const MARGIN = 35

export function createAuth(configuration: PageConfiguration, memory: Memory): Auth {
  const { issuer, clientId, resource } = configuration
  const home = `${location.origin}/`
  const transactions = webStorageTransactions(sessionStorage)
  const client = createClient({ issuer, clientId, redirectUri: home, resource, scopes, transactions })
  const manager = createTokenManager(client)
  const redirect = redirectInteraction(client)
  const had = (): readonly string[] => manager.tokens?.scope ?? []

  return {
    fetch: createFetch(manager, { allow: [location.origin] }),

    account() {
      const { tokens } = manager
      return tokens && { name: nameOf(tokens.claims), scope: tokens.scope }
    },

    isOver: () => manager.tokens !== undefined && (manager.tokens.expiresAt ?? Infinity) - client.now() < MARGIN,

    async arrive() {
      const came = new URL(location.href)
      const opened = (): Arrival => ({ kind: 'opened', signedIn: memory.takeSignedIn() })
      if (!came.searchParams.has('state')) return opened()
      // Before anything else: the code stays neither in the address bar nor in the history.
      history.replaceState(null, '', '/')
      try {
        const { tokens } = await finishAuthorization(client, came)
        await manager.adopt(tokens)
        memory.keepSignedIn(tokens.scope)
        return { kind: 'returned', scope: tokens.scope }
      } catch (error) {
        return readFailure(error) ?? opened()
      }
    },

    leave({ scope, ...departure }) {
      memory.keepDeparture({ ...departure, had: had() })
      const prompt = PROMPTS[departure.reason]
      return redirect({ scope: scope.filter(isAnyScope), returnTo: '/', ...(prompt && { prompt }) })
    },

    async signOut() {
      const { tokens } = manager
      const url = await endSessionUrl(client, { idTokenHint: tokens?.idToken, postLogoutRedirectUri: home })
      // The token would end by itself in minutes; when it can't be revoked now that is no reason to stay signed in.
      if (tokens) await revoke(client, tokens).catch(() => undefined)
      await manager.clear()
      memory.takeSignedIn()
      memory.keepDeparture({ reason: 'sign-out', run: false, had: [], asked: [], wasDeclined: false })
      location.assign(url)
    },
  }
}

/** `login` makes sure that somebody else can come; `none` that nobody is asked anything. OIDC Core §3.1.2.1. */
const PROMPTS = { switch: 'login', resume: 'none', 'sign-in': undefined, 'step-up': undefined } as const

/** What an arrival that failed means; undefined for a used or foreign address, which is as good as none. */
function readFailure(error: unknown): Arrival | undefined {
  if (!isOAuthClientError(error)) throw error
  if (error.code === 'unknown_transaction') return undefined
  if (error.code === 'authorization_refused') return { kind: 'refused', error: error.error ?? 'server_error' }
  return { kind: 'failed', message: error.message }
}

const nameOf = (claims: { readonly name?: unknown; readonly sub: string } | undefined): string =>
  typeof claims?.name === 'string' ? claims.name : (claims?.sub ?? 'somebody')
