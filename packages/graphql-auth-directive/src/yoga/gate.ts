/** Checks one operation of a server before it is executed. */
import { type ExecutionArgs, type GraphQLError, getOperationAST } from 'graphql'
import type { Analysis } from '../analyze/analysis.js'
import type { Auth } from '../auth.js'
import type { Decision } from '../decide/denial.js'
import type { Awaitable } from '../policy.js'
import { answerDenial, answerNoOperation, answerTokenError } from './answers.js'
import { type Identity, tokenOf } from './authentication.js'
import type { Denials } from './batch.js'

/** What came of a check. */
export type Passage<S extends string> = { readonly error: GraphQLError } | { readonly analysis: Analysis<S> }

/** What a gate needs. */
export interface GateOptions<S extends string, C, Context> {
  readonly auth: Auth<S, C, Context>
  readonly resourceMetadata: string | undefined
  readonly denials: Denials
  readonly identityOf: (context: object) => Identity<S, C>
}

/** Decides about execution arguments, the same way for `execute` and `subscribe`. */
export function createGate<S extends string, C, Context>(
  options: GateOptions<S, C, Context>,
): (args: ExecutionArgs) => Awaitable<Passage<S>> {
  const { auth, resourceMetadata, denials, identityOf } = options
  return ({ schema, document, operationName, variableValues, contextValue }) => {
    // A server may swap its schema at any time; one that is known already costs a look.
    const analysis = auth.analyze(auth.apply(schema), document, { operationName })
    if (!analysis.operation && !getOperationAST(document, operationName))
      return { error: answerNoOperation(analysis.refused ?? 'The request names no operation.') }
    // The executor is given the same object; Yoga always has one.
    const context = contextValue as Context & object
    const identity = identityOf(context)
    const settle = (decision: Decision<S>): Passage<S> => {
      if (decision.isAllowed) return { analysis }
      if (decision.reason === 'token' && identity.kind === 'unavailable')
        return { error: answerTokenError(identity.error) }
      const error = answerDenial(decision, resourceMetadata)
      denials.set(error, decision)
      return { error }
    }
    const decision = auth.check(analysis, tokenOf(identity), { variables: variableValues, context })
    return decision instanceof Promise ? decision.then(settle) : settle(decision)
  }
}
