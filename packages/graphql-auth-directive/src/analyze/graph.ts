/**
 * An operation as a graph. A place is a selection set on one concrete object type; each is visited once, however many
 * fragments lead to it. That makes the analysis linear in distinct (selection set, possible type) and ends on cycles.
 */
import type {
  DocumentNode,
  FieldNode,
  FragmentDefinitionNode,
  OperationDefinitionNode,
  SelectionNode,
  SelectionSetNode,
} from 'graphql'
import type { FieldEntry, SchemaIndex, TypeEntry } from '../collect/schema-index.js'
import type { Rule } from '../directive.js'
import { type Condition, conditionsOf } from './conditions.js'
import { type VariableUse, walkLiteral } from './inputs.js'

/** A selection set on one object type. */
export interface Place {
  readonly set: SelectionSetNode
  readonly type: TypeEntry
  readonly depth: number
  /** How it was reached first. */
  readonly via: { readonly place: Place; readonly key: string | undefined } | undefined
  readonly parts: Part[]
}

/** One selection of a place. */
export interface Part {
  readonly conditions: readonly Condition[]
  /** Absent for fragments. */
  readonly field: { readonly node: FieldNode; readonly entry: FieldEntry | undefined } | undefined
  readonly rules: readonly Rule[]
  readonly variables: readonly VariableUse[]
  readonly to: readonly Place[]
}

/** How much an operation may hold before it is refused unseen. */
export interface Limits {
  /** Selections, counted once per possible object type. */
  readonly selections: number
  /** Nested selection sets, fragments included. */
  readonly depth: number
}

/** Why an operation can't be analysed. */
export class Unanalyzable extends Error {}

interface Walk {
  readonly index: SchemaIndex
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>
  readonly places: Map<SelectionSetNode, Map<TypeEntry, Place>>
  readonly open: Place[]
  readonly limits: Limits
  budget: number
}

/**
 * Builds the graph and answers its root.
 * @throws {Unanalyzable} for anything that validation would have refused, and beyond the limits
 */
export function buildGraph(
  index: SchemaIndex,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  limits: Limits,
): Place {
  const root = index.schema.getRootType(operation.operation)
  const type = root && index.types.get(root.name)
  if (!type) throw new Unanalyzable(`The schema has no ${operation.operation} type.`)
  const walk: Walk = {
    index,
    fragments: fragmentsOf(document),
    places: new Map(),
    open: [],
    limits,
    budget: limits.selections,
  }
  const start = placeOf(walk, operation.selectionSet, type, undefined)
  for (let place = walk.open.pop(); place; place = walk.open.pop()) visit(walk, place, operation)
  return start
}

function fragmentsOf(document: DocumentNode): ReadonlyMap<string, FragmentDefinitionNode> {
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const definition of document.definitions) {
    if (definition.kind !== 'FragmentDefinition') continue
    const name = definition.name.value
    if (fragments.has(name)) throw new Unanalyzable(`The fragment "${name}" is defined twice.`)
    fragments.set(name, definition)
  }
  return fragments
}

function placeOf(walk: Walk, set: SelectionSetNode, type: TypeEntry, via: Place['via']): Place {
  const byType = walk.places.get(set) ?? new Map<TypeEntry, Place>()
  walk.places.set(set, byType)
  const known = byType.get(type)
  if (known) return known
  const depth = (via?.place.depth ?? 0) + 1
  if (depth > walk.limits.depth) throw new Unanalyzable(`The operation is nested deeper than ${walk.limits.depth}.`)
  const place: Place = { set, type, depth, via, parts: [] }
  byType.set(type, place)
  walk.open.push(place)
  return place
}

function visit(walk: Walk, place: Place, operation: OperationDefinitionNode): void {
  walk.budget -= place.set.selections.length
  if (walk.budget < 0) throw new Unanalyzable(`The operation has more than ${walk.limits.selections} selections.`)
  for (const selection of place.set.selections) {
    const conditions = conditionsOf(selection)
    if (!conditions) continue
    if (selection.kind === 'Field') visitField(walk, place, selection, conditions, operation)
    else visitFragment(walk, place, selection, conditions)
  }
}

function visitFragment(
  walk: Walk,
  place: Place,
  selection: Exclude<SelectionNode, FieldNode>,
  conditions: readonly Condition[],
): void {
  const fragment = selection.kind === 'InlineFragment' ? selection : walk.fragments.get(selection.name.value)
  if (!fragment) throw new Unanalyzable('A fragment is not defined.')
  const condition = fragment.typeCondition?.name.value
  if (condition !== undefined && !place.type.conditions.has(condition)) {
    if (!walk.index.possible.has(condition)) throw new Unanalyzable('A fragment is on a type that has no objects.')
    return
  }
  const to = placeOf(walk, fragment.selectionSet, place.type, { place, key: undefined })
  place.parts.push({ conditions, field: undefined, rules: [], variables: [], to: [to] })
}

/** Free, and below them no field of the schema can be reached. */
const META_FIELDS = new Set(['__schema', '__type'])

function visitField(
  walk: Walk,
  place: Place,
  node: FieldNode,
  conditions: readonly Condition[],
  operation: OperationDefinitionNode,
): void {
  const name = node.name.value
  if (name === '__typename') return
  if (META_FIELDS.has(name) && operation.operation === 'query' && place.type.name === rootName(walk)) {
    // Free unless the root type itself carries a rule.
    place.parts.push({ conditions, field: { node, entry: undefined }, rules: place.type.rules, variables: [], to: [] })
    return
  }
  const entry = place.type.fields.get(name)
  if (!entry) throw new Unanalyzable(`${place.type.name} has no field of that name.`)
  const inputs = readArguments(walk, node, entry)
  const key = node.alias?.value ?? name
  const { selectionSet } = node
  const targets = selectionSet ? (walk.index.possible.get(entry.output) ?? []) : []
  place.parts.push({
    conditions,
    field: { node, entry },
    rules: [...entry.rules, ...inputs.rules],
    variables: inputs.variables,
    to: selectionSet ? targets.map((type) => placeOf(walk, selectionSet, type, { place, key })) : [],
  })
}

const rootName = ({ index }: Walk): string | undefined => index.schema.getQueryType()?.name

function readArguments(walk: Walk, node: FieldNode, { guardedArguments }: FieldEntry) {
  if (guardedArguments.size === 0 || !node.arguments) return { rules: [], variables: [] }
  const uses = node.arguments.flatMap(({ name, value }) => {
    const type = guardedArguments.get(name.value)
    return type === undefined ? [] : [walkLiteral(value, type, walk.index.inputs)]
  })
  return { rules: uses.flatMap((use) => use.rules), variables: uses.flatMap((use) => use.variables) }
}
