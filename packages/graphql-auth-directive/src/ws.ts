/**
 * Hooks for graphql-ws, whatever it listens on.
 * @see https://the-guild.dev/graphql/ws
 */
import type { Verifier } from '@scopewise/token-core'
import {
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  GraphQLError,
  type GraphQLSchema,
  validate,
} from 'graphql'
import type { Analysis } from './analyze/analysis.js'
import { mapStream } from './auth/map-stream.js'
import type { Auth } from './auth.js'
import { invalid } from './options.js'
import { createIdentities, type Identity, tokenOf } from './serve/authentication.js'
import { createDocuments, type Documents } from './serve/documents.js'
import { type Clock, systemClock } from './serve/expiry.js'
import { createGate } from './serve/gate.js'
import { endWithToken, isStream, type OnRevoke } from './serve/lifecycle.js'
import { presentedBy, type SocketContext } from './ws/presented.js'
import { closeSocket, watchToken } from './ws/socket.js'

export type { Clock } from './serve/expiry.js'
export type { OnRevoke } from './serve/lifecycle.js'
export type { SocketContext } from './ws/presented.js'

/** What {@link socketAuth} takes. */
export interface SocketAuthOptions<S extends string, C, Context> {
  readonly auth: Auth<S, C, Context>
  readonly verifier: Verifier<NoInfer<S>, NoInfer<C>>
  readonly schema: GraphQLSchema
  /** The context of one operation; a new object each time. `token` is added to it. */
  readonly context?: (socket: SocketContext) => NoInfer<Context> & object
  /** Decides when sockets and streams end. @default the clock of the machine */
  readonly clock?: Clock
  /** Ends the socket of a token that is revoked. @default a socket ends with its token only */
  readonly onRevoke?: OnRevoke<S, C>
}

/** What a client asks for. */
interface SubscribePayload {
  readonly query: string
  readonly operationName?: string | null | undefined
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined
}

/** The hooks: spread them into the options of `useServer`. */
export interface SocketAuth {
  onConnect(socket: SocketContext): Promise<boolean>
  onSubscribe(
    socket: SocketContext,
    id: string,
    payload: SubscribePayload,
  ): Promise<ExecutionArgs | readonly GraphQLError[]>
  onOperation(
    socket: SocketContext,
    id: string,
    payload: SubscribePayload,
    args: ExecutionArgs,
    result: unknown,
  ): Promise<ExecutionResult | AsyncIterableIterator<ExecutionResult>>
  onClose(socket: SocketContext): void
}

/**
 * Authenticates each socket once, with the token in `connectionParams.authorization` or in the upgrade request, and
 * checks each operation before it starts. A token that fails closes the socket with 4401; so does its expiry, after each
 * stream told it. A revoked token closes with 4403. A denied operation answers an error and leaves the socket open.
 * Not checked: limits on the number of sockets and operations, and the `Origin` of the upgrade request.
 */
export function socketAuth<S extends string, C, Context>(options: SocketAuthOptions<S, C, Context>): SocketAuth {
  const { auth, verifier, schema, clock = systemClock, onRevoke } = options
  const identities = createIdentities(verifier)
  const sockets = new WeakMap<SocketContext, { readonly identity: Identity<S, C>; readonly forget: () => void }>()
  const owners = new WeakMap<object, Identity<S, C>>()
  const analyses = new WeakMap<object, Analysis<S>>()
  const documents = createDocuments()
  const gate = createGate({
    auth,
    denials: new WeakMap(),
    identityOf: (context) => owners.get(context) ?? identities.of(context),
  })
  auth.apply(schema)
  return {
    async onConnect(socket) {
      const identity = await identities.identify(presentedBy(socket), socket)
      if (identity.kind === 'broken') throw identity.cause
      if (identity.kind === 'refused') {
        closeSocket(socket, identity.error.status === 400 ? 4400 : 4401)
        return false
      }
      sockets.set(socket, { identity, forget: watchToken(socket, tokenOf(identity), clock, onRevoke) })
      return true
    },
    async onSubscribe(socket, _id, { query, operationName, variables }) {
      const identity = sockets.get(socket)?.identity ?? identities.of(socket)
      const document = parseQuery(documents, query)
      if (document instanceof GraphQLError) return [document]
      const errors = validate(schema, document)
      if (errors.length > 0) return errors
      const contextValue = Object.assign(options.context?.(socket) ?? {}, { token: tokenOf(identity) })
      owners.set(contextValue, identity)
      const passage = await gate({ schema, document, operationName, variableValues: variables, contextValue })
      if ('error' in passage) return [withoutHttp(passage.error)]
      analyses.set(contextValue, passage.analysis)
      return passage.args
    },
    async onOperation(_socket, _id, _payload, { contextValue }, pending) {
      // What graphql's execute and subscribe answer.
      const result = (await pending) as ExecutionResult | AsyncIterableIterator<ExecutionResult>
      // The object that onSubscribe made.
      const context = contextValue as object
      const analysis = analyses.get(context)
      if (!analysis) throw invalid('socketAuth needs its own onSubscribe: it was replaced.')
      const finish = (one: ExecutionResult) => auth.finish(one, analysis, context)
      if (!isStream(result)) return finish(result)
      const identity = owners.get(context) ?? identities.of(context)
      return endWithToken(mapStream(result, finish), analysis, identity, { clock, onRevoke })
    },
    onClose(socket) {
      sockets.get(socket)?.forget()
    },
  }
}

function parseQuery({ parse }: Documents, query: string): DocumentNode | GraphQLError {
  try {
    return parse(query)
  } catch (error) {
    return error instanceof GraphQLError ? error : new GraphQLError('The document can not be parsed.')
  }
}

/** What is meant for HTTP has no place in a message. */
function withoutHttp({ message, path, extensions: { http: _, ...extensions } }: GraphQLError): GraphQLError {
  return new GraphQLError(message, { path: path ?? null, extensions })
}
