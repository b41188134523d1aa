import { createKeyRing, isTokenError, type KeyRing, type KeyRingEvent } from '@scopewise/token-core'
import { ID_TOKEN_ALGORITHMS } from '../config/client.js'
import type { Config } from '../config/config.js'
import type { Secrets } from '../crypto/secrets.js'
import { invalidConfiguration, isOAuthError, OAuthError } from '../errors.js'
import type { Emit } from '../events.js'
import type { Store } from '../storage/store.js'

const UNREADABLE =
  'The signing keys in the store can not be opened with the option secret. Start with the secret that wrote them (the option also takes a list: the new one first).'

/** Not the issuer: a server may move to another address and keep its keys. */
const ASSOCIATED = 'signing keys, version 1'
/** Seconds. */
const CLOCK_TOLERANCE = 60

/** The server's own signing keys: one of all nodes makes each key, and the secret wraps them in the store. */
export function createServerKeyRing(
  { token, lifetimes, now }: Config,
  { store, secrets, emit }: { readonly store: Store; readonly secrets: Secrets; readonly emit: Emit },
): KeyRing {
  const tokenLifetime = Math.max(token.lifetime, lifetimes.idToken)
  return createKeyRing({
    algorithms: ID_TOKEN_ALGORITHMS,
    store,
    wrapping: {
      wrap: (text) => secrets.seal('signing-keys', text, ASSOCIATED),
      async unwrap(wrapped) {
        const text = await secrets.open('signing-keys', wrapped, ASSOCIATED)
        if (text === undefined) throw invalidConfiguration(UNREADABLE)
        return text
      },
    },
    timetable: {
      tokenLifetime,
      clockTolerance: CLOCK_TOLERANCE,
      // An expired ID token still serves as id_token_hint while its session lasts. RP-Initiated Logout §2
      keep: Math.max(tokenLifetime, lifetimes.session) + CLOCK_TOLERANCE,
    },
    onEvent: (event) => report(event, emit),
    now,
  })
}

function report(event: KeyRingEvent, emit: Emit): void {
  switch (event.type) {
    case 'published':
      emit('key.published', event)
      break
    case 'activated':
      emit('key.activated', event)
      break
    case 'retired':
      emit('key.retired', event)
      break
    case 'removed':
      emit('key.removed', event)
      break
    case 'rotation_failed':
      // What the store did is reported where it happened.
      if (!isOAuthError(event.cause)) emit('error', { where: 'keys', cause: event.cause })
  }
}

/** Asks the ring; what goes wrong there is an error of this server, and a temporary one unless it says otherwise. */
export async function askRing<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (!isTokenError(error)) throw error
    if (isOAuthError(error.cause)) throw error.cause
    throw new OAuthError('temporarily_unavailable', {
      description: 'The server has no key to sign with at the moment.',
      reason: 'keys',
      headers: { 'retry-after': '5' },
      cause: error,
    })
  }
}
