/** Who asks: decided once per HTTP request, whatever it asks for. */
import type { PresentedRequest, VerifiedAccessToken, Verifier } from '@scopewise/token-core'
import { isTokenError, type TokenError } from '@scopewise/token-core/errors'
import { AuthDirectiveError, SHARED_CONTEXT } from '../errors.js'

/** What became of the token of a request. */
export type Identity<S extends string, C> =
  | { readonly kind: 'verified'; readonly token: VerifiedAccessToken<C, S> }
  | { readonly kind: 'anonymous' }
  /** A token was presented and is worth nothing: the request is refused, whatever it asks. */
  | { readonly kind: 'refused'; readonly error: TokenError }
  /** Nobody can say what the token is worth: what is public goes on without identity. */
  | { readonly kind: 'unavailable'; readonly error: TokenError }
  /** The verifier broke: no answer about the token at all. */
  | { readonly kind: 'broken'; readonly cause: unknown }

/** Who is behind each context. */
export interface Identities<S extends string, C> {
  /** The identity of a context; anonymous for one that was never identified. */
  of(context: object): Identity<S, C>
  has(context: object): boolean
  /**
   * Authenticates a request, once for all operations of a batch, and ties the identity to a context.
   * @throws {AuthDirectiveError} shared_context when the context belongs to another request
   */
  identify(request: PresentedRequest | undefined, context: object): Promise<Identity<S, C>>
}

const ANONYMOUS = { kind: 'anonymous' } as const

/** Creates the register. It is kept by context and not in it: another plugin may put a `token` of its own there. */
export function createIdentities<S extends string, C>(verifier: Verifier<S, C>): Identities<S, C> {
  const byRequest = new WeakMap<PresentedRequest, Promise<Identity<S, C>>>()
  const byContext = new WeakMap<object, Identity<S, C>>()
  const owners = new WeakMap<object, PresentedRequest>()
  const authenticate = (request: PresentedRequest): Promise<Identity<S, C>> => {
    const identity = byRequest.get(request) ?? identify(verifier, request)
    byRequest.set(request, identity)
    return identity
  }
  return {
    of: (context) => byContext.get(context) ?? ANONYMOUS,
    has: (context) => byContext.has(context),
    async identify(request, context) {
      if (request && (owners.get(context) ?? request) !== request)
        throw new AuthDirectiveError('shared_context', SHARED_CONTEXT)
      if (request) owners.set(context, request)
      const identity = request ? await authenticate(request) : ANONYMOUS
      byContext.set(context, identity)
      return identity
    },
  }
}

async function identify<S extends string, C>(
  verifier: Verifier<S, C>,
  request: PresentedRequest,
): Promise<Identity<S, C>> {
  try {
    return { kind: 'verified', token: await verifier.authenticate(request) }
  } catch (error) {
    if (!isTokenError(error)) return { kind: 'broken', cause: error }
    if (error.code === 'missing_token') return { kind: 'anonymous' }
    return { kind: error.status === 503 ? 'unavailable' : 'refused', error }
  }
}

/** The token of an identity, if it has one. */
export function tokenOf<S extends string, C>(identity: Identity<S, C>): VerifiedAccessToken<C, S> | undefined {
  return identity.kind === 'verified' ? identity.token : undefined
}
