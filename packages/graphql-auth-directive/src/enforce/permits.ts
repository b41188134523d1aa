/** What checked operations were allowed, by the context that they run with. */
import type { FieldNode, GraphQLError, OperationDefinitionNode } from 'graphql'
import type { VariableValues } from '../analyze/variables.js'
import type { Denial } from '../decide/denial.js'
import type { Holder } from '../decide/holder.js'
import type { Answered } from '../decide/policies.js'
import type { Rule } from '../directive.js'
import { AuthDirectiveError, SHARED_CONTEXT } from '../errors.js'
import type { AnyToken } from '../policy.js'
import type { Batch } from './guards.js'

/** What an operation was allowed, for one context. */
export interface Permit {
  readonly operation: OperationDefinitionNode
  readonly token: AnyToken | undefined
  readonly holder: Holder | undefined
  readonly answered: Answered
  /** Field nodes that are null instead of being resolved, with the reason. */
  readonly denied: ReadonlyMap<FieldNode, Denial>
  /** What the check found; in mode `dryRun` nothing of it is enforced. */
  readonly found: readonly Denial[]
  readonly isDry: boolean
  /** Whether objects that turn up are decided about while the operation runs. */
  readonly hasGuards: boolean
  /** The variables it was checked with. Undefined: they play no part; null: they can't be coerced. */
  readonly coerced: VariableValues | null | undefined
  /** Denials of guards, since they were last taken. */
  readonly denials: GraphQLError[]
  /** The rules that were decided about, if all of them are met. */
  readonly met: ReadonlyMap<Rule, unknown> | undefined
  /** Stands for those rules: fields remember by it that they are among them. */
  readonly mark: object
  /** Rules that were looked at while it runs. */
  readonly verdicts: Map<Rule, boolean>
  /** Objects that wait to be asked about together. */
  readonly batches: Map<FieldNode, Batch[]>
  /** The variables that it runs with, once they were compared. */
  compared: { readonly values: unknown; readonly isSame: boolean } | undefined
  /** Another operation with the same context. */
  next: Permit | undefined
}

/** Permits by context. Weak: they end with the request. */
export interface Permits {
  find(context: unknown, operation: OperationDefinitionNode): Permit | undefined
  /** @throws {AuthDirectiveError} shared_context when the context already serves this operation for another token */
  grant(context: object, permit: Permit): void
  /** Takes back what this token was allowed; what another one was allowed stays, for `grant` to complain about. */
  revoke(context: object, operation: OperationDefinitionNode, token: AnyToken | undefined): void
}

/** Creates an empty register of permits. */
export function createPermits(): Permits {
  const permits = new WeakMap<object, Permit>()
  const find: Permits['find'] = (context, operation) => {
    if (typeof context !== 'object' || context === null) return undefined
    let permit = permits.get(context)
    while (permit !== undefined && permit.operation !== operation) permit = permit.next
    return permit
  }
  const revoke: Permits['revoke'] = (context, operation, token) => {
    const kept: Permit[] = []
    for (let permit = permits.get(context); permit; permit = permit.next)
      if (permit.operation !== operation || permit.token !== token) kept.push(permit)
    permits.delete(context)
    for (const permit of kept) permits.set(context, Object.assign(permit, { next: permits.get(context) }))
  }
  return {
    find,
    revoke,
    grant(context, permit) {
      if (find(context, permit.operation)) throw new AuthDirectiveError('shared_context', SHARED_CONTEXT)
      permits.set(context, Object.assign(permit, { next: permits.get(context) }))
    },
  }
}
