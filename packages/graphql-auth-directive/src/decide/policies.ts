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
  readonly coerced: VariableValues | null | undefined
  /** Seconds. */
  readonly timeout: number
  /** Whether one denial decides about the whole operation. */
  readonly isWhole: boolean
}

/** What came of asking. */
export interface Outcome {
  readonly answered: Answered
  /** In document order. Policies that only objects of abstract types make count are not among them. */
  readonly denied: readonly PolicyUse[]
}

/** How an answered policy of a field is remembered: one node may stand for fields of several object types. */
export const fieldKey = (policy: string, entry: FieldEntry | undefined): string =>
  `${policy} ${entry?.coordinate ?? ''}`

interface Open {
  /** All places that ask this question. */
  readonly uses: PolicyUse[]
  readonly ask: () => unknown
  /** Remembers that the answer was true. */
  readonly agree: () => void
}

/** Asks operation policies once, and field policies once per field node, all before any resolver. */
export function askPolicies(uses: readonly PolicyUse[], asking: Asking): Awaitable<Outcome> {
  const { answered, open } = listQuestions(uses, asking)
  if (open.length > MAX_QUESTIONS) return { answered: { operation: new Set(), fields: new Map() }, denied: uses }
  const verdicts: Awaitable<boolean>[] = []
  for (const { uses: places, ask } of open) {
    const verdict = askOne(ask, asking.timeout)
    if (verdict === false && asking.isWhole) {
      const denied = places.filter(counts)
      if (denied.length > 0) return { answered, denied }
    }
    verdicts.push(verdict)
  }
  const judge = (settled: readonly boolean[]): Outcome => {
    const denied = new Set<PolicyUse>()
    for (const [index, { uses: places, agree }] of open.entries())
      if (settled[index] === true) agree()
      else for (const use of places.filter(counts)) denied.add(use)
    return { answered, denied: uses.filter((use) => denied.has(use)) }
  }
  const settled = verdicts.filter((verdict) => typeof verdict === 'boolean')
  return settled.length === verdicts.length ? judge(settled) : allOf(verdicts).then(judge)
}

const counts = ({ isGuard }: PolicyUse): boolean => !isGuard

function listQuestions(uses: readonly PolicyUse[], asking: Asking): { answered: Answered; open: readonly Open[] } {
  const operation = new Set<string>()
  const fields = new Map<FieldNode, Set<string>>()
  const operations = new Map<string, Open>()
  const nodes = new Map<FieldNode, Map<string, Open>>()
  const open: Open[] = []
  for (const use of uses) {
    const policy = asking.policies.get(use.policy)
    // Guards of objects are asked while the operation runs; on introspection there is no resolver to do that.
    if (policy?.kind === 'object' && use.entry) continue
    const isOperation = policy?.kind === 'operation'
    const group = isOperation ? operations : (nodes.get(use.node) ?? new Map<string, Open>())
    if (!isOperation) nodes.set(use.node, group)
    const key = isOperation ? use.policy : fieldKey(use.policy, use.entry)
    const known = group.get(key)
    if (known) {
      known.uses.push(use)
      continue
    }
    const agree = () => {
      if (isOperation) operation.add(key)
      else fields.set(use.node, (fields.get(use.node) ?? new Set()).add(key))
    }
    const question: Open = { uses: [use], ask: () => ask(policy, use, asking), agree }
    group.set(key, question)
    open.push(question)
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
    if (!isThenable(answer)) return answer === true
    return settleWithin(answer, timeout).then(
      (value) => value === true,
      () => false,
    )
  } catch {
    return false
  }
}

/** Waits for an answer; undefined when the time is over. Seconds. */
export function settleWithin(answer: unknown, timeout: number): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(undefined), timeout * 1000)
    Promise.resolve(answer)
      .then(resolve, reject)
      .finally(() => clearTimeout(timer))
  })
}

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
