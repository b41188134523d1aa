/** Checks one operation of a server before it is executed. */
import { type ExecutionArgs, type GraphQLError, getOperationAST } from 'graphql'
import type { Analysis } from '../analyze/analysis.js'
import { shownSchema } from '../auth/introspection.js'
import type { Auth } from '../auth.js'
import { type ChallengeOptions, challengeOf, type Decision, type Denial } from '../decide/denial.js'
import type { Awaitable } from '../policy.js'
import { answerDenial, answerNoOperation, answerTokenError } from './answers.js'
import { type Identity, offeredTo, tokenOf } from './authentication.js'
import type { Denials } from './batch.js'

/** What came of a check. */
export type Passage<S extends string> = { readonly error: GraphQLError } | Admission<S>

/** An operation that may run. */
export interface Admission<S extends string> {
  readonly analysis: Analysis<S>
  /** What to execute: the arguments, with the schema that this token may introspect. */
  readonly args: ExecutionArgs
  /** What would have made the answer whole, in mode `null`. */
  readonly challenge: string | undefined
}

/** What a gate needs. */
export interface GateOptions<S extends string, C, Context> {
  readonly auth: Auth<S, C, Context>
  readonly denials: Denials
  readonly identityOf: (context: object) => Identity<S, C>
}

/** Decides about execution arguments, the same way for `execute` and `subscribe`. */
export function createGate<S extends string, C, Context>(
  options: GateOptions<S, C, Context>,
): (args: ExecutionArgs) => Awaitable<Passage<S>> {
  const { auth, denials, identityOf } = options
  return (args) => {
    const { schema, document, operationName, variableValues, contextValue } = args
    // A server may swap its schema at any time; one that is known already costs a look.
    const analysis = auth.analyze(auth.apply(schema), document, { operationName })
    if (!analysis.operation && !getOperationAST(document, operationName))
      return { error: answerNoOperation(analysis.refused ?? 'The request names no operation.') }
    // The executor is given the same object; Yoga always has one.
    const context = contextValue as Context & object
    const identity = identityOf(context)
    const token = tokenOf(identity)
    const settle = (decision: Decision<S>): Passage<S> => {
      // Where a token counts and nobody can judge it, nothing is answered with fewer rights than it may carry.
      if (identity.kind === 'unavailable' && wantsToken(decision, analysis))
        return { error: answerTokenError(identity.error) }
      if (decision.isAllowed) {
        const shown = shownSchema(auth, schema, token, analysis)
        const challenge =
          auth['~inside'].settings.mode === 'null' ? told(decision.denials, offeredTo(identity)) : undefined
        return { analysis, args: shown === schema ? args : { ...args, schema: shown }, challenge }
      }
      const error = answerDenial(decision, offeredTo(identity))
      denials.set(error, decision)
      return { error }
    }
    const decision = auth.check(analysis, token, { variables: variableValues, context })
    return decision instanceof Promise ? decision.then(settle) : settle(decision)
  }
}

function wantsToken<S extends string>(decision: Decision<S>, { hasGuards }: Analysis<S>): boolean {
  if (!decision.isAllowed) return decision.reason === 'token'
  return hasGuards || decision.denials !== undefined
}

function told(denials: readonly Denial[] = [], options: ChallengeOptions): string | undefined {
  const found = denials.map((denial) => challengeOf(denial, options))
  return found.find((text) => text !== undefined)
}
