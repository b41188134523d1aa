/** Typed resolvers: what the schema demands of a field is known inside. */
import type { VerifiedAccessToken } from '@scopewise/token-core'
import { GraphQLError, type GraphQLResolveInfo } from 'graphql'
import { holderOf } from '../decide/holder.js'
import type { Settings } from '../options.js'
import { isMet } from '../requirement.js'

/** The context of a field that demands a token. */
export type Authenticated<Context, S extends string, C> = Omit<Context, 'token'> & {
  readonly token: VerifiedAccessToken<C, S>
}

/** A resolver of a field that demands a token. */
export type AuthenticatedResolver<P, A, R, Context, S extends string, C> = (
  parent: P,
  args: A,
  context: Authenticated<Context, S, C>,
  info: GraphQLResolveInfo,
) => R

/** Wraps resolvers whose fields demand a token, and says so in their types. */
export interface Resolvers<S extends string, C, Context> {
  /**
   * A resolver whose context has a token. Should the schema not demand one after all, it answers UNAUTHENTICATED.
   * With scope values it needs them as well, else it answers FORBIDDEN: the schema's own demand stays what counts.
   */
  authenticated<P, A, R>(
    resolve: AuthenticatedResolver<P, A, R, Context, S, C>,
    ...scope: readonly S[]
  ): (parent: P, args: A, context: Context, info: GraphQLResolveInfo) => R
  /** The same for a field that needs a user: a client's own token answers FORBIDDEN. RFC 9068 §5. */
  user<P, A, R>(
    resolve: AuthenticatedResolver<P, A, R, Context, S, C>,
    ...scope: readonly S[]
  ): (parent: P, args: A, context: Context, info: GraphQLResolveInfo) => R
}

const refuse = (message: string, code: string): GraphQLError => new GraphQLError(message, { extensions: { code } })

/** Creates the wrappers for the token that the server's plugin puts into the context. */
export function createResolvers<S extends string, C, Context>(settings: Settings): Resolvers<S, C, Context> {
  const wrap =
    (isForUser: boolean): Resolvers<S, C, Context>['authenticated'] =>
    (resolve, ...scope) =>
    (parent, args, context, info) => {
      const { token } = (context ?? {}) as { readonly token?: VerifiedAccessToken<C, S> | undefined }
      if (token?.['~scopewise'] !== 'access-token') throw refuse('This field needs an access token.', 'UNAUTHENTICATED')
      if (isForUser && token.isClient) throw refuse('This field needs a user.', 'FORBIDDEN')
      const isEnough = scope.length === 0 || isMet([[scope]], holderOf(token, settings).scope)
      if (!isEnough) throw refuse('The access token does not carry the scope that this field needs.', 'FORBIDDEN')
      // It has the token that was just looked at.
      return resolve(parent, args, context as unknown as Authenticated<Context, S, C>, info)
    }
  return Object.freeze({ authenticated: wrap(false), user: wrap(true) })
}
