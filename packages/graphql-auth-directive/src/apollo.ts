/**
 * The plugin for Apollo Server 4 and 5.
 * @see https://www.apollographql.com/docs/apollo-server/integrations/plugins
 */
import type { ApolloServerPlugin, BaseContext } from '@apollo/server'
import type { PresentedRequest, Verifier } from '@scopewise/token-core'
import { type ExecutionResult, execute, GraphQLError } from 'graphql'
import type { Auth } from './auth.js'
import { answerTokenError } from './serve/answers.js'
import { createIdentities, tokenOf } from './serve/authentication.js'
import { type Admission, createGate } from './serve/gate.js'

/** What {@link createAuthPlugin} takes. */
export interface AuthPluginOptions<S extends string, C, Context> {
  readonly auth: Auth<S, C, Context>
  readonly verifier: Verifier<NoInfer<S>, NoInfer<C>>
}

/**
 * Authenticates each request and checks each operation before it starts, with the answers of `useAuth` for Yoga: 401
 * and 403 with `WWW-Authenticate`, the same extensions. Puts `token` into the context. In a batch an entry that is
 * denied says so in its errors, and a bad token is answered with 401 for all.
 * Not checked: limits on the number of operations in a batch, and CSRF, which are Apollo's.
 */
export function createAuthPlugin<S extends string, C, Context extends BaseContext>(
  options: AuthPluginOptions<S, C, Context>,
): ApolloServerPlugin<Context> {
  const { auth, verifier } = options
  const identities = createIdentities(verifier)
  const gate = createGate({ auth, denials: new WeakMap(), identityOf: identities.of })
  return {
    async serverWillStart({ schema }) {
      auth.apply(schema)
    },
    async requestDidStart() {
      let admitted: Admission<S> | undefined
      return {
        async didResolveOperation({ request, contextValue, document, schema, requestIsBatched }) {
          const identity = await identities.identify(request.http && presented(request.http), contextValue)
          Object.assign(contextValue, { token: tokenOf(identity) })
          if (identity.kind === 'broken') throw identity.cause
          if (identity.kind === 'refused') throw forApollo(answerTokenError(identity.error), false)
          const { operationName, variables: variableValues } = request
          const passage = await gate({ schema, document, operationName, variableValues, contextValue })
          if ('error' in passage) throw forApollo(passage.error, requestIsBatched)
          admitted = passage
        },
        async responseForOperation({ response: { http }, schema }) {
          // Apollo executes with its own schema: what this token may not introspect is left out by executing here.
          if (!admitted || admitted.args.schema === schema) return null
          const { data = null, errors } = await execute(admitted.args)
          const singleResult = { data, ...listOf((errors ?? []).map((error) => error.toJSON())) }
          return { http, body: { kind: 'single', singleResult } }
        },
        async willSendResponse({ response, contextValue, errors }) {
          if (!admitted || response.body.kind !== 'single') return
          if (admitted.challenge !== undefined) response.http.headers.set('www-authenticate', admitted.challenge)
          const { singleResult } = response.body
          // Of the errors the ones before they were formatted: a denial is recognised by what it is.
          const { data, extensions } = singleResult
          const result = {
            ...(data !== undefined && { data }),
            ...(errors && { errors }),
            ...(extensions && { extensions }),
          }
          const finished = auth.finish(result, admitted.analysis, contextValue)
          if (finished === result) return
          const added = (finished.errors ?? []).slice(errors?.length ?? 0).map((error) => error.toJSON())
          const known = singleResult.errors ?? []
          response.body.singleResult = { ...singleResult, ...pick(finished), ...listOf([...known, ...added]) }
          if (finished.data === null && data !== null) response.http.status = 403
        },
      }
    },
  }
}

const pick = ({ data, extensions }: ExecutionResult) => ({ data: data ?? null, ...(extensions && { extensions }) })
const listOf = <T>(errors: readonly T[]) => (errors.length > 0 ? { errors } : {})

interface HttpRequest {
  readonly method: string
  readonly headers: Iterable<readonly [string, string]>
  readonly search: string
}

function presented({ method, headers, search }: HttpRequest): PresentedRequest {
  return {
    method,
    url: `/${search}`,
    headers: new Headers([...headers].map(([name, value]): [string, string] => [name, value])),
  }
}

/** Apollo wants headers as a map, and mixes those of all entries of a batch. */
function forApollo(error: GraphQLError, isBatched: boolean): GraphQLError {
  const { http, ...others } = error.extensions
  const extensions = { ...others, http: isBatched ? { status: 200 } : mapHeaders(http) }
  return new GraphQLError(error.message, { path: error.path ?? null, extensions })
}

function mapHeaders(http: unknown): object {
  if (typeof http !== 'object' || http === null) return {}
  const headers = 'headers' in http && typeof http.headers === 'object' ? Object.entries(http.headers ?? {}) : []
  return { ...http, headers: new Map(headers) }
}
