import type { TokenNeed } from '../client/client.js'
import { isOAuthClientError, OAuthClientError } from '../errors.js'
import { refresh } from '../grants/refresh.js'
import { pause } from '../http/pause.js'
import type { Tokens } from '../token-endpoint/tokens.js'
import { decideResend, isUnsent } from './pending.js'
import { freshness, type GrantRecord, keep, missingScope, type Pending, WHOLE } from './record.js'
import { type Engine, tell } from './state.js'
import type { Versioned } from './vault.js'

/** Seconds between two looks at the store while somebody else waits for an answer. */
const LOOK = 0.05
/** Seconds that an answer may take to be kept, after the time that it may take to come. */
const MARGIN = 1

/** What the caller does not want again. */
export interface Dismissed {
  readonly held: Tokens | undefined
  readonly unsafeResend: boolean
}

/**
 * Brings new tokens: reads anew, since somebody else may have them by now; notes in the store that it is about to send; sends; keeps
 * what came. The note, and not the lock, sees to it that no refresh token is sent twice: of several only one can write it.
 */
export async function renew<S extends string>(
  engine: Engine<S>,
  key: string,
  need: TokenNeed<S>,
  dismissed: Dismissed,
): Promise<Tokens> {
  for (;;) {
    const current = await engine.vault.read()
    const found = current.record?.held[key]
    const isOther = found && found.accessToken !== dismissed.held?.accessToken
    if (isOther && freshness(found, engine.client.now(), engine.lot) !== 'expired') return found
    const tokens = engine.source
      ? await save(engine, current, key, await engine.source(need))
      : await refreshOnce(engine, current, key, need, dismissed.unsafeResend)
    if (tokens) return tokens
    // The record was replaced meanwhile, or somebody else waits for an answer: look again.
  }
}

async function refreshOnce<S extends string>(
  engine: Engine<S>,
  current: Versioned,
  key: string,
  need: TokenNeed<S>,
  unsafeResend: boolean,
): Promise<Tokens | undefined> {
  const { client, vault, retryWindow } = engine
  const { record, whole } = requireGrant(engine, current, need)
  // What fails here has not used the refresh token.
  await client.metadata()
  const now = client.now()
  const next = decideResend(record.pending, now, retryWindow, unsafeResend)
  if (next === 'wait') {
    await pause(LOOK)
    return undefined
  }
  if (next === 'lost') throw answerLost()
  const { sentAt = now, tries = 0 } = record.pending ?? {}
  const pending = { sentAt, until: now + client.timeout + MARGIN, tries: tries + 1 }
  const noted = await vault.swap(current, { ...record, pending })
  if (!noted) return undefined
  let tokens: Tokens
  try {
    // `as`: grantTokens lets no undeclared value in, which is what S says.
    tokens = await refresh(client, whole as Parameters<typeof refresh<S>>[1], need)
  } catch (error) {
    return afterFailure(engine, noted, pending, error)
  }
  return save(engine, noted, key, tokens)
}

/** Keeps what came; undefined when somebody has put something else there, which is newer. */
async function save<S extends string>(
  engine: Engine<S>,
  before: Versioned,
  key: string,
  tokens: Tokens,
): Promise<Tokens | undefined> {
  const record = keep(before.record, key, tokens, engine.client.now())
  const { won, error } = await engine.vault.keepSafe(before, record)
  if (!won) return undefined
  tell(engine, error ? 'unsaved' : 'renewed', error)
  return record.held[key]
}

/** @throws {OAuthClientError} login_required, grant_lost, insufficient_scope */
function requireGrant<S extends string>(
  engine: Engine<S>,
  { record }: Versioned,
  need: TokenNeed<S>,
): { readonly record: GrantRecord; readonly whole: Tokens } {
  const whole = record?.held[WHOLE]
  if (!record || !whole)
    throw (
      engine.lost ?? new OAuthClientError('login_required', 'Nobody is signed in: start a login and adopt its tokens')
    )
  engine.lost = undefined
  const missing = missingScope(engine.client, whole.scope, need.scope)
  if (missing.length > 0) {
    throw new OAuthClientError(
      'insufficient_scope',
      `The grant does not hold ${missing.join(' ')}: start a login that asks for it`,
    )
  }
  if (whole.refreshToken !== undefined) return { record, whole }
  throw new OAuthClientError(
    'login_required',
    'There is no refresh token: ask for offline_access, or start a new login',
  )
}

/**
 * After a refresh failed: the tokens go only when the server no longer knows the grant and nobody has newer ones; the note goes when the
 * server has answered, or was not reached; else the answer is lost. Undefined when somebody has put something else there.
 */
async function afterFailure<S extends string>(
  engine: Engine<S>,
  noted: Versioned,
  pending: Pending,
  error: unknown,
): Promise<undefined> {
  const { vault, client, retryWindow } = engine
  const { error: reason, code, description } = isOAuthClientError(error) ? error : { code: '' }
  const isLost = (code === 'network_error' || code === 'timeout') && !isUnsent(error)
  const after: Pending | undefined = isLost ? { ...pending, isLost } : undefined
  const held = noted.record?.held ?? {}
  const next = reason === 'invalid_grant' ? undefined : { held, ...(after && { pending: after }) }
  try {
    if (!(await vault.swap(noted, next))) return undefined
  } catch {
    // Then the note runs out by itself; what the server said matters more.
  }
  if (!next) {
    const sentence = 'The authorization server no longer knows this grant: the user has to sign in again'
    engine.lost = new OAuthClientError('grant_lost', sentence, { error: reason, description, cause: error })
    tell(engine, 'lost', engine.lost)
    throw engine.lost
  }
  if (after && decideResend(after, client.now(), retryWindow, false) === 'send') return undefined
  throw error
}

const answerLost = (): OAuthClientError =>
  new OAuthClientError(
    'grant_lost',
    'The answer to the last refresh was lost, and the server is not known to give it again: let the user sign in, or risk get({ unsafeResend: true })',
  )
