/** Who asks: decided once per HTTP request, whatever it asks for. */
import type { PresentedRequest, VerifiedAccessToken, Verifier } from '@scopewise/token-core'
import { bearerChallenge, type Challenge } from '@scopewise/token-core/challenge'
import { isTokenError, type TokenError } from '@scopewise/token-core/errors'
import type { ChallengeOptions } from '../decide/denial.js'
import { AuthDirectiveError, SHARED_CONTEXT } from '../errors.js'

/** What became of the token of a request. */
export type Identity<S extends string, C> =
  | { readonly kind: 'verified'; readonly token: VerifiedAccessToken<C, S>; readonly offered: readonly Challenge[] }
  | { readonly kind: 'anonymous'; readonly offered: readonly Challenge[] }
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

/** Creates the register. It is kept by context and not in it: another plugin may put a `token` of its own there. */
export function createIdentities<S extends string, C>(verifier: Verifier<S, C>): Identities<S, C> {
  const byRequest = new WeakMap<PresentedRequest, Promise<Identity<S, C>>>()
  const byContext = new WeakMap<object, Identity<S, C>>()
  const owners = new WeakMap<object, PresentedRequest>()
  const identify = createIdentify(verifier)
  const nobody = { kind: 'anonymous', offered: [bearerOf(verifier)] } as const
  const authenticate = (request: PresentedRequest): Promise<Identity<S, C>> => {
    const identity = byRequest.get(request) ?? identify(request)
    byRequest.set(request, identity)
    return identity
  }
  return {
    of: (context) => byContext.get(context) ?? nobody,
    has: (context) => byContext.has(context),
    async identify(request, context) {
      if (request && (owners.get(context) ?? request) !== request)
        throw new AuthDirectiveError('shared_context', SHARED_CONTEXT)
      if (request) owners.set(context, request)
      const identity = request ? await authenticate(request) : nobody
      byContext.set(context, identity)
      return identity
    },
  }
}

const bearerOf = ({ resourceMetadata }: { readonly resourceMetadata: string | undefined }): Challenge =>
  bearerChallenge({ resourceMetadata })

function createIdentify<S extends string, C>(
  verifier: Verifier<S, C>,
): (request: PresentedRequest) => Promise<Identity<S, C>> {
  const judge = async (request: PresentedRequest): Promise<Identity<S, C>> => {
    try {
      return { kind: 'verified', token: await verifier.authenticate(request), offered: [] }
    } catch (error) {
      if (!isTokenError(error)) return { kind: 'broken', cause: error }
      if (error.code === 'missing_token') return { kind: 'anonymous', offered: error.challenges }
      return { kind: error.status === 503 ? 'unavailable' : 'refused', error }
    }
  }
  // What a verifier offers it says to those who come without a token. It is the same for everybody: asked once.
  let known: readonly Challenge[] | undefined
  const offered = async (): Promise<readonly Challenge[]> => {
    const identity = await judge({ method: 'GET', url: '/', headers: new Headers() })
    known = identity.kind === 'anonymous' ? identity.offered : [bearerOf(verifier)]
    return known
  }
  return async (request) => {
    const identity = await judge(request)
    if (identity.kind !== 'verified') return identity
    return { ...identity, offered: usedFirst(known ?? (await offered()), identity.token.claims.cnf) }
  }
}

/** A token that is bound to a key came by DPoP, any other by Bearer. RFC 9449 §7.1. */
function usedFirst(offered: readonly Challenge[], cnf: { readonly jkt?: string } | undefined): readonly Challenge[] {
  if (offered.length < 2) return offered
  const used = cnf?.jkt === undefined ? 'Bearer' : 'DPoP'
  return [...offered].sort((a, b) => Number(b.scheme === used) - Number(a.scheme === used))
}

/** The schemes that a challenge for this identity names. */
export function offeredTo<S extends string, C>(identity: Identity<S, C>): ChallengeOptions {
  return { offered: 'offered' in identity ? identity.offered : [] }
}

/** The token of an identity, if it has one. */
export function tokenOf<S extends string, C>(identity: Identity<S, C>): VerifiedAccessToken<C, S> | undefined {
  return identity.kind === 'verified' ? identity.token : undefined
}
