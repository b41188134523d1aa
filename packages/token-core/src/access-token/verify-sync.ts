import type { StandardSchemaV1 } from '@standard-schema/spec'
import { engine } from '../engine/engine.js'
import { isPending } from '../jwt/awaitable.js'
import { inline } from '../keys/key-source.js'
import { refuseBound } from './authenticate.js'
import type { AccessTokenClaims, VerifiedAccessToken } from './verified.js'
import { assembleVerifier, type Verifier, type VerifierOptions, type VerifierParts } from './verify.js'

/** What {@link createSyncVerifier} takes: as {@link VerifierOptions}, with a hook that answers at once. */
export interface SyncVerifierOptions<S extends string, C> extends VerifierOptions<S, C> {
  readonly revoked?: ((claims: AccessTokenClaims<NoInfer<C>>) => boolean) | undefined
}

/** A {@link Verifier} that can do without waiting. */
export interface SyncVerifier<S extends string, C> extends Verifier<S, C> {
  /**
   * As `verify`, at once. The keys must have been loaded: `await keys.warm()` at the start, or the first token has them
   * loaded for those after it.
   * @throws {TokenError} also `keys_unavailable` while the keys are not loaded
   * @throws {TypeError} when the schema answers with a promise after all
   */
  verifySync(jwt: string): VerifiedAccessToken<C, S>
}

/**
 * Creates a verifier for callers that can't wait. It does what {@link createVerifier} does, on the same path.
 * @throws {TypeError} also where the runtime has no `node:crypto`, or the schema or the hook is asynchronous
 */
export function createSyncVerifier<S extends string, C>(options: SyncVerifierOptions<S, C>): SyncVerifier<S, C> {
  const parts = assembleVerifier(options)
  checkSync(options)
  return Object.freeze({ ...parts.verifier, verifySync: (jwt: string) => verifySync(parts, jwt) })
}

function verifySync<S extends string, C>(
  { check, refuse }: VerifierParts<S, C>,
  jwt: string,
): VerifiedAccessToken<C, S> {
  try {
    const verified = check(jwt, inline)
    if (!isPending(verified)) return refuseBound(verified)
    // Nobody waits for it.
    verified.catch(() => undefined)
  } catch (error) {
    return refuse(error)
  }
  throw new TypeError('verifySync needs a schema and a hook `revoked` that answer at once: use verify.')
}

/** What would make `verifySync` wait, as far as it can be told before there is a token. */
function checkSync<S extends string, C>({ token, revoked }: SyncVerifierOptions<S, C>): void {
  if (engine.name !== 'node')
    throw new TypeError('createSyncVerifier needs node:crypto, which this runtime does not have: use createVerifier.')
  if (revoked?.constructor.name === 'AsyncFunction')
    throw new TypeError('createSyncVerifier needs a hook `revoked` that answers at once, and this one is async.')
  // A schema does not say whether it is asynchronous, but how it answers does.
  const answer = token.claims && probe(token.claims)
  if (!isPending(answer)) return
  answer.then(undefined, () => undefined)
  throw new TypeError('createSyncVerifier needs a schema that answers at once, and this one is asynchronous.')
}

function probe(schema: StandardSchemaV1): unknown {
  try {
    return schema['~standard'].validate({})
  } catch {
    return undefined
  }
}
