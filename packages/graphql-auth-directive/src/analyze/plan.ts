/** What an operation needs: the part that is always true, cached, and the part that depends on variables. */
import { type DocumentNode, type FieldNode, Kind, type OperationDefinitionNode } from 'graphql'
import type { FieldEntry, SchemaIndex } from '../collect/schema-index.js'
import type { Rule } from '../directive.js'
import type { Clause } from '../requirement.js'
import { isIncluded } from './conditions.js'
import { buildGraph, type Limits, type Part, type Place, Unanalyzable } from './graph.js'
import { rulesOfVariable } from './inputs.js'
import { readVariables, type Variables, type VariableValues } from './variables.js'

/** Where a rule was charged first. */
export interface Site {
  readonly place: Place
  readonly part: Part
}

/** A policy to ask for a field node. */
export interface PolicyUse {
  readonly policy: string
  /** The coordinate of the element whose directive names it. */
  readonly element: string
  readonly node: FieldNode
  /** Absent for `__schema` and `__type`, which no resolver of the schema answers. */
  readonly entry: FieldEntry | undefined
  readonly site: Site
}

/** What one execution of an operation needs. */
export interface Needs {
  /** In document order. */
  readonly rules: ReadonlyMap<Rule, Site>
  readonly clauses: readonly Clause[]
  readonly policies: readonly PolicyUse[]
  readonly coerced: VariableValues | undefined
}

/** An operation that was analysed. */
export interface Plan {
  readonly index: SchemaIndex
  readonly operation: OperationDefinitionNode
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
  limits: Limits,
): Plan | NoPlan {
  const operation = findOperation(document, operationName)
  if (typeof operation === 'string') return { refused: 'operation', reason: operation }
  try {
    return planOf(index, operation, buildGraph(index, document, operation, limits))
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
  /** Parts with a condition on variables. */
  readonly pending: Site[]
  /** Parts with variables in guarded inputs. */
  readonly supplied: Site[]
}

function planOf(index: SchemaIndex, operation: OperationDefinitionNode, root: Place): Plan {
  const seen = new Set<Place>()
  const found: Collected = { rules: new Map(), policies: [], pending: [], supplied: [] }
  walkPlaces([root], found, (place) => !seen.has(place) && Boolean(seen.add(place)))
  const always = { ...found, clauses: clausesOf(found.rules), coerced: undefined }
  const isConditional = found.pending.length > 0 || found.supplied.length > 0
  const needsVariables = isConditional || found.policies.length > 0
  return {
    index,
    operation,
    always,
    isConditional,
    needsFor(raw) {
      if (!needsVariables) return always
      const variables = readVariables(index.schema, operation, raw)
      if (!isConditional) return { ...always, coerced: variables.coerced }
      return addConditional(index, found, seen, variables)
    },
  }
}

/** Depth first, so that rules come in document order. */
function walkPlaces(start: readonly Place[], into: Collected, enter: (place: Place) => boolean): void {
  const open: Site[] = []
  const push = (place: Place) => {
    if (!enter(place)) return
    for (let at = place.parts.length - 1; at >= 0; at--) {
      const part = place.parts[at]
      if (part) open.push({ place, part })
    }
  }
  for (const place of [...start].reverse()) push(place)
  for (let site = open.pop(); site; site = open.pop()) {
    if (site.part.conditions.length > 0) into.pending.push(site)
    else charge(site, into)
    if (site.part.conditions.length === 0) for (const place of [...site.part.to].reverse()) push(place)
  }
}

function charge(site: Site, into: Collected): void {
  for (const rule of site.part.rules) chargeRule(rule, site, into)
  if (site.part.variables.length > 0) into.supplied.push(site)
}

function chargeRule(rule: Rule, site: Site, into: Collected): void {
  if (!into.rules.has(rule)) into.rules.set(rule, site)
  const { field } = site.part
  if (field) for (const policy of rule.policies) into.policies.push({ policy, element: rule.element, ...field, site })
}

function addConditional(index: SchemaIndex, found: Collected, known: ReadonlySet<Place>, variables: Variables): Needs {
  const into: Collected = {
    rules: new Map(found.rules),
    policies: [...found.policies],
    pending: [...found.pending],
    supplied: [...found.supplied],
  }
  const seen = new Set<Place>()
  const enter = (place: Place) => !known.has(place) && !seen.has(place) && Boolean(seen.add(place))
  for (let site = into.pending.pop(); site; site = into.pending.pop()) {
    if (!isIncluded(site.part.conditions, variables)) continue
    charge(site, into)
    walkPlaces(site.part.to, into, enter)
  }
  for (const site of into.supplied)
    for (const use of site.part.variables)
      for (const rule of rulesOfVariable(use, variables, index.inputs)) chargeRule(rule, site, into)
  return { rules: into.rules, policies: into.policies, clauses: clausesOf(into.rules), coerced: variables.coerced }
}

function clausesOf(rules: ReadonlyMap<Rule, Site>): readonly Clause[] {
  return [...rules.keys()].flatMap(({ clause }) => (clause ? [clause] : []))
}

/** The response path of a site, without list positions, which are not known before execution. */
export function pathOf({ place, part }: Site): readonly string[] {
  const path: string[] = []
  const { field } = part
  if (field) path.unshift(field.node.alias?.value ?? field.node.name.value)
  for (let via = place.via; via; via = via.place.via) if (via.key !== undefined) path.unshift(via.key)
  return path
}
