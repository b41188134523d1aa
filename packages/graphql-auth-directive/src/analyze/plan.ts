/** What an operation needs: the part that is always true, cached, and the part that depends on variables. */
import { type DocumentNode, type FieldNode, Kind, type OperationDefinitionNode } from 'graphql'
import type { FieldEntry, SchemaIndex } from '../collect/schema-index.js'
import type { Rule } from '../directive.js'
import type { Clause } from '../requirement.js'
import { isIncluded } from './conditions.js'
import { buildGraph, type Graph, type Part, type Place, type Reading, Unanalyzable } from './graph.js'
import { rulesOfVariable } from './inputs.js'
import { readVariables, type Variables, type VariableValues } from './variables.js'

/** Where a rule was charged first. */
export type Site = Part

/** A policy to ask for a field node. */
export interface PolicyUse {
  readonly policy: string
  /** The coordinate of the element whose directive names it. */
  readonly element: string
  readonly node: FieldNode
  /** Absent for `__schema`, `__type` and `__typename`, which no resolver of the schema answers. */
  readonly entry: FieldEntry | undefined
  readonly site: Site
  /** Whether only the objects that turn up say if it counts. */
  readonly isGuard: boolean
}

/** What one execution of an operation needs. */
export interface Needs {
  /** In document order. */
  readonly rules: ReadonlyMap<Rule, Site>
  readonly clauses: readonly Clause[]
  readonly policies: readonly PolicyUse[]
  /** Every site that charges rules. */
  readonly charged: readonly Site[]
  /** What variables of sites add. */
  readonly added: readonly Charge[]
  /** Whether something is decided by the objects that turn up. */
  readonly hasGuards: boolean
  /** Stands for these rules, and holds nothing: it may be remembered when they are gone. */
  readonly mark: object
  /** Whether time plays no part in whether a token meets the rules. */
  readonly isTimeless: boolean
  /** The variables, where they play a part; null if they can't be coerced. */
  readonly coerced: VariableValues | null | undefined
}

/** Rules that the variables of one site charge. */
interface Charge {
  readonly site: Site
  readonly rules: readonly Rule[]
}

/** An operation that was analysed. */
export interface Plan {
  readonly index: SchemaIndex
  readonly operation: OperationDefinitionNode
  /** Whether it may ask for `__schema` or `__type`. */
  readonly introspects: boolean
  /** What holds for any variables. */
  readonly always: Needs
  /** Whether variables can add to that. */
  readonly isConditional: boolean
  /** @throws {TooLarge} for variables beyond all measure */
  needsFor(variables: Readonly<Record<string, unknown>>): Needs
}

/** Why there is no plan. `operation`: the request names none; `document`: it can't be analysed, so it is refused. */
export interface NoPlan {
  readonly refused: 'operation' | 'document'
  readonly reason: string
}

/** Analyses one operation of a document, without its variables. */
export function planOperation(
  index: SchemaIndex,
  document: DocumentNode,
  operationName: string | undefined,
  reading: Reading,
): Plan | NoPlan {
  const operation = findOperation(document, operationName)
  if (typeof operation === 'string') return { refused: 'operation', reason: operation }
  try {
    return planOf(index, operation, buildGraph(index, document, operation, reading))
  } catch (error) {
    if (error instanceof Unanalyzable) return { refused: 'document', reason: error.message }
    throw error
  }
}

/** GraphQL §6.1. */
function findOperation(document: DocumentNode, name: string | undefined): OperationDefinitionNode | string {
  const operations = document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION)
  const found = name === undefined ? operations : operations.filter((operation) => operation.name?.value === name)
  const [operation] = found
  if (found.length > 1) return 'The document has several operations: say which one with operationName.'
  return operation ?? 'The document has no operation of that name.'
}

interface Collected {
  readonly rules: Map<Rule, Site>
  readonly policies: PolicyUse[]
  readonly charged: Site[]
  readonly added: Charge[]
  hasGuards: boolean
  /** Parts with a condition on variables. */
  readonly pending: Site[]
  /** Parts with variables in guarded inputs. */
  readonly supplied: Site[]
}

function planOf(index: SchemaIndex, operation: OperationDefinitionNode, { root, introspects }: Graph): Plan {
  const seen = new Set<Place>()
  const found: Collected = {
    rules: new Map(),
    policies: [],
    charged: [],
    added: [],
    hasGuards: false,
    pending: [],
    supplied: [],
  }
  walkPlaces([root], found, (place) => !seen.has(place) && Boolean(seen.add(place)))
  const always = { ...found, ...summaryOf(found.rules), coerced: undefined }
  const isConditional = found.pending.length > 0 || found.supplied.length > 0
  const needsVariables = isConditional || found.policies.length > 0
  return {
    index,
    operation,
    introspects,
    always,
    isConditional,
    needsFor(raw) {
      if (!needsVariables) return always
      const variables = readVariables(index.schema, operation, raw)
      if (!isConditional) return { ...always, coerced: variables.coerced ?? null }
      return addConditional(index, found, seen, variables)
    },
  }
}

/** Depth first, so that rules come in document order. */
function walkPlaces(start: readonly Place[], into: Collected, enter: (place: Place) => boolean): void {
  const open: Site[] = []
  const push = (place: Place) => {
    if (!enter(place)) return
    pushBackwards(place.parts, (part) => open.push(part))
  }
  pushBackwards(start, push)
  for (let site = open.pop(); site; site = open.pop()) {
    if (site.conditions.length > 0) {
      into.pending.push(site)
      continue
    }
    charge(site, into)
    pushBackwards(site.to, push)
  }
}

/** What is pushed last comes first. */
function pushBackwards<T>(items: readonly T[], push: (item: T) => void): void {
  for (let at = items.length - 1; at >= 0; at--) {
    const item = items[at]
    if (item !== undefined) push(item)
  }
}

function charge(site: Site, into: Collected): void {
  const { rules, guards, variables } = site
  if (rules.length > 0) into.charged.push(site)
  chargeRules(rules, site, into)
  if (variables.length > 0) into.supplied.push(site)
  if (guards.length === 0) return
  into.hasGuards = true
  for (const rule of guards) usePolicies(rule, site, into, true)
}

function chargeRules(rules: readonly Rule[], site: Site, into: Collected): void {
  for (const rule of rules) {
    if (!into.rules.has(rule)) into.rules.set(rule, site)
    if (rule.policies.length > 0) usePolicies(rule, site, into, false)
  }
}

function usePolicies({ policies, element }: Rule, site: Site, into: Collected, isGuard: boolean): void {
  const { node, entry } = site
  if (node) for (const policy of policies) into.policies.push({ policy, element, node, entry, site, isGuard })
}

function addConditional(index: SchemaIndex, found: Collected, known: ReadonlySet<Place>, variables: Variables): Needs {
  const into: Collected = {
    rules: new Map(found.rules),
    policies: [...found.policies],
    charged: [...found.charged],
    added: [],
    hasGuards: found.hasGuards,
    pending: [...found.pending],
    supplied: [...found.supplied],
  }
  const seen = new Set<Place>()
  const enter = (place: Place) => !known.has(place) && !seen.has(place) && Boolean(seen.add(place))
  for (let site = into.pending.pop(); site; site = into.pending.pop()) {
    if (!isIncluded(site.conditions, variables)) continue
    charge(site, into)
    walkPlaces(site.to, into, enter)
  }
  for (const site of into.supplied)
    for (const use of site.variables) {
      const rules = rulesOfVariable(use, variables, index.inputs)
      if (rules.length > 0) into.added.push({ site, rules })
      chargeRules(rules, site, into)
    }
  return { ...into, ...summaryOf(into.rules), coerced: variables.coerced ?? null }
}

function summaryOf(rules: ReadonlyMap<Rule, Site>): Pick<Needs, 'clauses' | 'mark' | 'isTimeless'> {
  const clauses: Clause[] = []
  let isTimeless = true
  for (const { clause, maxAge } of rules.keys()) {
    if (clause) clauses.push(clause)
    if (maxAge !== undefined) isTimeless = false
  }
  return { clauses, mark: {}, isTimeless }
}

/** The response path of a site, without list positions, which are not known before execution. */
export function pathOf({ place, node }: Site): readonly string[] {
  const path = node ? [responseKey(node)] : []
  for (let via = place.via; via; via = via.place.via) if (via.field) path.unshift(responseKey(via.field))
  return path
}

const responseKey = ({ alias, name }: FieldNode): string => alias?.value ?? name.value

/** The field of the schema that a site belongs to: for `__typename` the one around it, for introspection none. */
export function resolvedNodeOf({ place, node, entry }: Site): FieldNode | undefined {
  if (entry) return node
  let { via } = place
  while (via && !via.field) via = via.place.via
  return via?.field
}
