/** What an operation needs, as it is told to others; the plan behind it stays inside. */
import type { DocumentNode, OperationDefinitionNode } from 'graphql'
import type { SchemaIndex } from '../collect/schema-index.js'
import { alternativesOf, type Clause } from '../requirement.js'
import { type AuthenticationDemand, authenticationOf } from './authentication.js'
import type { Reading } from './graph.js'
import { TooLarge } from './inputs.js'
import { type Needs, type NoPlan, type Plan, planOperation } from './plan.js'

/** What an operation needs before it may run. */
export interface Analysis<S extends string = string> {
  /** The analysed operation; absent when the document has none of that name, or can't be analysed. */
  readonly operation: OperationDefinitionNode | undefined
  /** Why the operation can't be analysed, in a sentence. `check` refuses it. */
  readonly refused: string | undefined
  readonly needsToken: boolean
  /**
   * The alternatives that are enough for the whole operation, the author's preferred one first. `[]`: the operation is
   * public; `[[]]`: any token is enough.
   */
  readonly requiredScopes: readonly (readonly S[])[]
  /** False when there are more than 64 alternatives: then one that is enough is told. `check` is exact all the same. */
  readonly isComplete: boolean
  /** What it demands of the sign-in. RFC 9470. */
  readonly authentication: AuthenticationDemand
  /** Whether variables can add to it: `@skip`, `@include` and inputs. False once it was analysed with variables. */
  readonly isConditional: boolean
  /** Whether it may ask for `__schema` or `__type`. */
  readonly introspects: boolean
  /** Whether objects of abstract types may turn up that demand more. Only with `abstract: 'runtime'`. */
  readonly hasGuards: boolean
  /** The coordinates of the elements whose directives apply, in document order. */
  readonly elements: readonly string[]
}

/** Which operation to analyse. */
export interface AnalyzeOptions {
  readonly operationName?: string | null | undefined
  /** With them the answer is exact for one request. Without them it is what the operation needs for any variables. */
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined
}

/** Analyses operations and remembers them as long as their documents live. */
export interface Analyses {
  analyze(index: SchemaIndex, document: DocumentNode, options: AnalyzeOptions): Analysis
  /** The plan behind an analysis; undefined for one that was not made here. */
  planOf(analysis: Analysis): Plan | NoPlan | undefined
}

interface Cached {
  readonly plan: Plan | NoPlan
  readonly analysis: Analysis
}

/** Creates an empty memory of analyses. */
export function createAnalyses(reading: Reading): Analyses {
  const plans = new WeakMap<Analysis, Plan | NoPlan>()
  const cache = new WeakMap<SchemaIndex, WeakMap<DocumentNode, Map<string | undefined, Cached>>>()

  const remember = (plan: Plan | NoPlan, needs: Needs | undefined, isConditional: boolean): Analysis => {
    const analysis = describe(plan, needs, isConditional)
    plans.set(analysis, plan)
    return analysis
  }
  const look = (index: SchemaIndex, document: DocumentNode, name: string | undefined): Cached => {
    const documents = cache.get(index) ?? new WeakMap<DocumentNode, Map<string | undefined, Cached>>()
    cache.set(index, documents)
    const named = documents.get(document) ?? new Map<string | undefined, Cached>()
    documents.set(document, named)
    const known = named.get(name)
    if (known) return known
    const plan = planOperation(index, document, name, reading)
    const found = 'refused' in plan ? remember(plan, undefined, false) : remember(plan, plan.always, plan.isConditional)
    const cached = { plan, analysis: found }
    // A name that finds nothing comes from a request: remembering it would let requests fill the memory.
    if (!('refused' in plan && plan.refused === 'operation')) named.set(name, cached)
    return cached
  }
  return {
    planOf: (analysis) => plans.get(analysis),
    analyze(index, document, { operationName, variables }) {
      // GraphQL over HTTP lets null and, in practice, '' stand for no name.
      const { plan, analysis } = look(index, document, operationName || undefined)
      if (!variables || 'refused' in plan || !plan.isConditional) return analysis
      const needs = needsOrTooLarge(plan, variables)
      return needs ? remember(plan, needs, false) : remember(TOO_LARGE, undefined, false)
    },
  }
}

const TOO_LARGE: NoPlan = { refused: 'document', reason: 'The variables hold too many values.' }

/** What a request needs; undefined when its variables are beyond all measure. */
export function needsOrTooLarge(plan: Plan, variables: Readonly<Record<string, unknown>>): Needs | undefined {
  try {
    return plan.needsFor(variables)
  } catch (error) {
    if (error instanceof TooLarge) return undefined
    throw error
  }
}

/** The alternatives of all that is needed: none for public operations, one empty one where a token is enough. */
export function requiredScopesOf({
  rules,
  clauses,
}: {
  readonly rules: { readonly size: number }
  readonly clauses: readonly Clause[]
}): ReturnType<typeof alternativesOf> {
  return rules.size === 0 ? { values: [], isComplete: true } : alternativesOf(clauses)
}

function describe(plan: Plan | NoPlan, needs: Needs | undefined, isConditional: boolean): Analysis {
  let alternatives: ReturnType<typeof alternativesOf> | undefined
  // Only computed when somebody looks: a request that is allowed never does.
  const tell = () => {
    alternatives ??= needs ? requiredScopesOf(needs) : { values: [], isComplete: false }
    return alternatives
  }
  return Object.freeze({
    operation: 'refused' in plan ? undefined : plan.operation,
    refused: 'refused' in plan ? plan.reason : undefined,
    needsToken: needs ? needs.rules.size > 0 : true,
    isConditional,
    introspects: 'refused' in plan ? false : plan.introspects,
    hasGuards: needs?.hasGuards ?? false,
    get requiredScopes() {
      return tell().values
    },
    get isComplete() {
      return tell().isComplete
    },
    get authentication() {
      return authenticationOf(needs?.rules.keys() ?? [])
    },
    get elements() {
      return needs ? [...new Set([...needs.rules.keys()].map(({ element }) => element))] : []
    },
  })
}
