/** Asks policies. Whatever is not exactly `true` denies. */
import { type FieldNode, getArgumentValues } from 'graphql'
import type { PolicyUse } from '../analyze/plan.js'
import type { VariableValues } from '../analyze/variables.js'
import type { FieldEntry } from '../collect/schema-index.js'
import type { AnyPolicy, AnyToken, Awaitable, Question } from '../policy.js'

/** Above this many questions of one operation it is refused: aliases must not multiply work without end. */
const MAX_QUESTIONS = 1_000

/** What was asked for an operation, and answered true. */
export interface Answered {
  readonly operation: ReadonlySet<string>
  readonly fields: ReadonlyMap<FieldNode, ReadonlySet<string>>
}

/** What asking needs. */
export interface Asking {
  readonly policies: ReadonlyMap<string, AnyPolicy>
  readonly token: AnyToken
  readonly context: unknown
  readonly coerced: VariableValues | undefined
  /** Seconds. */
  readonly timeout: number
}

/** How an answered policy of a field is remembered: one node may stand for fields of several object types. */
export const fieldKey = (policy: string, entry: FieldEntry | undefined): string =>
  `${policy} ${entry?.coordinate ?? ''}`

interface Open {
  readonly use: PolicyUse
  readonly ask: () => unknown
}

/**
 * Asks operation policies once, and field policies once per field node, all before any resolver.
 * Answers the use that denied, or what was answered.
 */
export function askPolicies(
  uses: readonly PolicyUse[],
  asking: Asking,
): Awaitable<{ readonly denied: PolicyUse } | Answered> {
  const { answered, open } = listQuestions(uses, asking)
  const last = uses.at(-1)
  if (open.length > MAX_QUESTIONS && last) return { denied: last }
  const verdicts: Awaitable<boolean>[] = []
  for (const { use, ask } of open) {
    const verdict = askOne(ask, asking.timeout)
    if (verdict === false) return { denied: use }
    verdicts.push(verdict)
  }
  const judge = (settled: readonly boolean[]) => {
    const denied = open.find((_, index) => settled[index] !== true)
    return denied ? { denied: denied.use } : answered
  }
  const settled = verdicts.filter((verdict) => typeof verdict === 'boolean')
  return settled.length === verdicts.length ? judge(settled) : allOf(verdicts).then(judge)
}

function listQuestions(uses: readonly PolicyUse[], asking: Asking): { answered: Answered; open: readonly Open[] } {
  const operation = new Set<string>()
  const fields = new Map<FieldNode, Set<string>>()
  const open: Open[] = []
  for (const use of uses) {
    const policy = asking.policies.get(use.policy)
    // Guards of objects are asked while the operation runs; on introspection there is no resolver to do that.
    if (policy?.kind === 'object' && use.entry) continue
    if (policy?.kind === 'operation') {
      if (operation.has(use.policy)) continue
      operation.add(use.policy)
    } else {
      const asked = fields.get(use.node) ?? new Set()
      const key = fieldKey(use.policy, use.entry)
      if (asked.has(key)) continue
      fields.set(use.node, asked.add(key))
    }
    open.push({ use, ask: () => ask(policy, use, asking) })
  }
  return { answered: { operation, fields }, open }
}

function ask(policy: AnyPolicy | undefined, { entry, node }: PolicyUse, asking: Asking): unknown {
  const { token, context, coerced } = asking
  if (policy?.kind === 'operation') return policy.ask({ token, context })
  if (policy?.kind !== 'field') return false
  if (!entry) return policy.ask({ token, context, args: {}, element: node.name.value })
  // Variables that can't be coerced: the executor will say so and run nothing, and nobody can say what the arguments are.
  if (!coerced) return false
  const args = getArgumentValues(entry.field, node, coerced)
  return policy.ask({ token, context, args, element: entry.coordinate })
}

/** Asks a guard of an object. Answers at once if the policy does. */
export function askGuard(policy: AnyPolicy, question: Question, timeout: number): Awaitable<boolean> {
  return askOne(() => policy.ask(question), timeout)
}

/** Waits for verdicts of which some are there already. */
export function allOf(verdicts: readonly Awaitable<boolean>[]): Promise<boolean[]> {
  return Promise.all(verdicts.map(async (verdict) => verdict))
}

function askOne(ask: () => unknown, timeout: number): Awaitable<boolean> {
  try {
    const answer = ask()
    return isThenable(answer) ? settle(answer, timeout) : answer === true
  } catch {
    return false
  }
}

function settle(answer: PromiseLike<unknown>, timeout: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), timeout * 1000)
    const end = (verdict: boolean) => {
      clearTimeout(timer)
      resolve(verdict)
    }
    answer.then(
      (value) => end(value === true),
      () => end(false),
    )
  })
}

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
