/** Asks policies of objects while an operation runs: one by one, or many at once. */
import type { FieldNode } from 'graphql'
import { allOf, askGuard, settleWithin } from '../decide/policies.js'
import type { AnyPolicy, Awaitable, Question } from '../policy.js'

/** Objects that a policy is asked about together. */
export interface Batch {
  readonly policy: AnyPolicy
  /** The coordinate of the field: one node may stand for fields of several object types. */
  readonly element: string
  readonly parents: unknown[]
  readonly verdicts: Promise<readonly boolean[]>
}

/** Where batches wait. */
export type Batches = Map<FieldNode, Batch[]>

/** Asks all guards of a field about one object. Answers at once if all of them do. */
export function askGuards(
  guards: readonly AnyPolicy[],
  question: Question & { readonly element: string },
  node: FieldNode | undefined,
  batches: Batches,
  timeout: number,
): Awaitable<boolean> {
  const verdicts: Awaitable<boolean>[] = []
  for (const guard of guards) {
    const verdict =
      guard.isBatched && node
        ? askTogether(guard, question, node, batches, timeout)
        : askGuard(guard, guard.isBatched ? { ...question, parents: [question.parent] } : question, timeout)
    if (verdict === false) return false
    verdicts.push(verdict)
  }
  if (verdicts.every((verdict) => verdict === true)) return true
  return allOf(verdicts).then((settled) => settled.every(Boolean))
}

function askTogether(
  policy: AnyPolicy,
  question: Question & { readonly element: string },
  node: FieldNode,
  batches: Batches,
  timeout: number,
): Promise<boolean> {
  const waiting = batches.get(node) ?? []
  batches.set(node, waiting)
  const batch =
    waiting.find((one) => one.policy === policy && one.element === question.element) ??
    openBatch(policy, question, waiting, timeout)
  const place = batch.parents.push(question.parent) - 1
  return batch.verdicts.then((verdicts) => verdicts[place] === true)
}

function openBatch(
  policy: AnyPolicy,
  { parent: _, ...question }: Question & { readonly element: string },
  waiting: Batch[],
  timeout: number,
): Batch {
  const parents: unknown[] = []
  const verdicts = nextTick().then(() => {
    // From now on objects go into another batch.
    waiting.splice(waiting.indexOf(batch), 1)
    return askBatch(policy, { ...question, parents: Object.freeze(parents) }, timeout)
  })
  const batch: Batch = { policy, element: question.element, parents, verdicts }
  waiting.push(batch)
  return batch
}

async function askBatch(policy: AnyPolicy, question: Question, timeout: number): Promise<readonly boolean[]> {
  try {
    const answer = await settleWithin(policy.ask(question), timeout)
    const count = question.parents?.length
    // An answer of another length can't be matched with the objects: nobody is let in by it.
    if (!Array.isArray(answer) || answer.length !== count) return []
    return answer.map((verdict) => verdict === true)
  } catch {
    return []
  }
}

/** After all promises that are settled by now: their objects join the batch. */
async function nextTick(): Promise<void> {
  await Promise.resolve()
  await new Promise<void>((resolve) => {
    if (typeof process === 'object' && typeof process.nextTick === 'function') process.nextTick(resolve)
    else setTimeout(resolve, 0)
  })
}
