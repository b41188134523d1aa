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
import { type Supply, type VariableUse, walkLiteral } from './inputs.js'

/** A selection set on one object type. */
export interface Place {
  readonly set: SelectionSetNode
  readonly type: TypeEntry
  readonly depth: number
  /** How it was reached first; `field` is absent for fragments. */
  readonly via: { readonly place: Place; readonly field: FieldNode | undefined } | undefined
  /**
   * Where members of abstract types answer for themselves while the operation runs: the type that the document knows
   * here. Absent where it is certain before that the object is of `type`.
   */
  readonly known: string | undefined
  readonly parts: Part[]
  /** The same selection set on another object type. */
  readonly next: Place | undefined
}

/** One selection of a place. */
export interface Part {
  readonly place: Place
  readonly conditions: readonly Condition[]
  /** Absent for fragments. */
  readonly node: FieldNode | undefined
  /** Absent for fragments, and for `__schema`, `__type` and `__typename`. */
  readonly entry: FieldEntry | undefined
  /** Charged before the operation runs. */
  readonly rules: readonly Rule[]
  /** Charged while it runs, by the objects that turn up. */
  readonly guards: readonly Rule[]
  readonly variables: readonly VariableUse[]
  readonly to: readonly Place[]
}

/** How much an operation may hold before it is refused unseen. */
interface Limits {
  /** Selections, counted once per possible object type. */
  readonly selections: number
  /** Nested selection sets, fragments included. */
  readonly depth: number
}

/** An operation that was read. */
export interface Graph {
  readonly root: Place
  /** Whether it may ask for `__schema` or `__type`. */
  readonly introspects: boolean
}

/** How operations are read. */
export interface Reading {
  readonly limits: Limits
  /** Whether members of abstract types answer for themselves while the operation runs. */
  readonly isRuntime: boolean
  /** Whether `__typename` on an abstract type charges what its possible types demand. */
  readonly chargesTypename: boolean
  /** What `__schema` and `__type` demand beside the root type. Absent: they are refused. */
  readonly introspection: readonly Rule[] | undefined
}

/** Why an operation can't be analysed. */
export class Unanalyzable extends Error {}

interface Walk {
  readonly index: SchemaIndex
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>
  readonly certain: Map<SelectionSetNode, Place>
  readonly uncertain: Map<SelectionSetNode, Place>
  readonly open: Place[]
  readonly reading: Reading
  introspects: boolean
  budget: number
}

/**
 * Builds the graph.
 * @throws {Unanalyzable} for anything that validation would have refused, and beyond the limits
 */
export function buildGraph(
  index: SchemaIndex,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  reading: Reading,
): Graph {
  const root = index.schema.getRootType(operation.operation)
  const type = root && index.types.get(root.name)
  if (!type) throw new Unanalyzable(`The schema has no ${operation.operation} type.`)
  const walk: Walk = {
    index,
    fragments: fragmentsOf(document),
    certain: new Map(),
    uncertain: new Map(),
    open: [],
    reading,
    introspects: false,
    budget: reading.limits.selections,
  }
  const start = placeOf(walk, operation.selectionSet, type, undefined, undefined)
  for (let place = walk.open.pop(); place; place = walk.open.pop()) visit(walk, place, operation)
  return { root: start, introspects: walk.introspects }
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

function placeOf(
  walk: Walk,
  set: SelectionSetNode,
  type: TypeEntry,
  via: Place['via'],
  known: string | undefined,
): Place {
  const places = known === undefined ? walk.certain : walk.uncertain
  const first = places.get(set)
  for (let found = first; found; found = found.next) if (found.type === type) return found
  const depth = (via?.place.depth ?? 0) + 1
  const { limits } = walk.reading
  if (depth > limits.depth) throw new Unanalyzable(`The operation is nested deeper than ${limits.depth}.`)
  const place: Place = { set, type, depth, via, known, parts: [], next: first }
  places.set(set, place)
  walk.open.push(place)
  return place
}

function visit(walk: Walk, place: Place, operation: OperationDefinitionNode): void {
  walk.budget -= place.set.selections.length
  if (walk.budget < 0)
    throw new Unanalyzable(`The operation has more than ${walk.reading.limits.selections} selections.`)
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
  if (condition !== undefined && !place.type.conditions.includes(condition)) {
    if (!walk.index.possible.has(condition)) throw new Unanalyzable('A fragment is on a type that has no objects.')
    return
  }
  const known = place.known === undefined ? undefined : (condition ?? place.known)
  const to = placeOf(walk, fragment.selectionSet, place.type, { place, field: undefined }, known)
  place.parts.push({ ...NOTHING, place, conditions, to: [to] })
}

const NOTHING = { node: undefined, entry: undefined, rules: [], guards: [], variables: [], to: [] } as const

/** Below them no field of the schema can be reached. */
const META_FIELDS = new Set(['__schema', '__type'])

function visitField(
  walk: Walk,
  place: Place,
  node: FieldNode,
  conditions: readonly Condition[],
  operation: OperationDefinitionNode,
): void {
  const name = node.name.value
  if (name === '__typename') {
    // Below a root each place was reached by a field that charged its own type: only abstract ones add to that.
    const rules = walk.reading.chargesTypename && place.via ? place.type.rules : []
    if (rules.length > 0) place.parts.push({ ...NOTHING, place, conditions, node, rules })
    return
  }
  if (META_FIELDS.has(name) && operation.operation === 'query' && place.type.name === rootName(walk)) {
    const { introspection } = walk.reading
    walk.introspects = true
    if (!introspection) throw new Unanalyzable('Introspection is off.')
    const rules = [...place.type.rules, ...introspection]
    place.parts.push({ ...NOTHING, place, conditions, node, rules })
    return
  }
  const entry = place.type.fields.get(name)
  if (!entry) throw new Unanalyzable(`${place.type.name} has no field of that name.`)
  const inputs = readArguments(walk, node, entry)
  const known = place.known === undefined ? undefined : walk.index.abstract.get(place.known)?.fields.get(name)
  const rules = place.known === undefined ? entry.rules : (known?.rules ?? [])
  const { selectionSet } = node
  let to: readonly Place[] = NOTHING.to
  if (selectionSet) {
    const targets = walk.index.possible.get(entry.output) ?? []
    const isCertain = place.known === undefined && !(walk.reading.isRuntime && targets.length > 1)
    const below = isCertain ? undefined : (known?.output ?? entry.output)
    const via = { place, field: node }
    to = targets.map((type) => placeOf(walk, selectionSet, type, via, below))
  }
  place.parts.push({
    place,
    conditions,
    node,
    entry,
    rules: inputs.rules.length > 0 ? [...rules, ...inputs.rules] : rules,
    guards: guardsOf(entry, rules),
    variables: inputs.variables,
    to,
  })
}

/** What is left to the objects that turn up, and to the values of enum types that come out. */
function guardsOf({ rules: all, enumOutput }: FieldEntry, before: readonly Rule[]): readonly Rule[] {
  if (before === all && !enumOutput) return NOTHING.guards
  const members = before === all ? [] : all.filter((rule) => !before.includes(rule))
  return [...members, ...(enumOutput ? [...enumOutput.values.values()].flat() : [])]
}

const rootName = ({ index }: Walk): string | undefined => index.schema.getQueryType()?.name

function readArguments(walk: Walk, node: FieldNode, entry: FieldEntry): Supply {
  if (entry.guardedArguments.size === 0 || !node.arguments) return NOTHING
  return supplyOf(node, entry, walk.index)
}

/** What the arguments of a field node supply. */
export function supplyOf(node: FieldNode, { guardedArguments }: FieldEntry, { inputs }: SchemaIndex): Supply {
  const supplies = (node.arguments ?? []).flatMap(({ name, value }) => {
    const use = guardedArguments.get(name.value)
    return use ? [walkLiteral(value, use, inputs)] : []
  })
  return {
    rules: supplies.flatMap(({ rules }) => rules),
    variables: supplies.flatMap(({ variables }) => variables),
  }
}
