/** Which rules the inputs of a field charge: those of each input that is supplied. */
import type { ValueNode } from 'graphql'
import type { InputIndex, InputUse } from '../collect/inputs.js'
import type { Rule } from '../directive.js'
import type { Variables } from './variables.js'

/** A variable that stands where an input is guarded. */
export interface VariableUse {
  readonly name: string
  /** Name of the type that stands there. */
  readonly type: string
  /** Charged when the variable is supplied at all. */
  readonly rules: readonly Rule[]
}

/** What literals charge at once, and what depends on variables. */
export interface Supply {
  readonly rules: readonly Rule[]
  readonly variables: readonly VariableUse[]
}

/** Values deeper or more than this are refused rather than walked. */
const MAX_INPUT_VALUES = 100_000

/** Thrown inside the analysis only: what can't be walked to its end is refused. */
export class TooLarge extends Error {}

/** Walks a literal by its type. GraphQL §3.10: a field whose variable is absent is absent itself. */
export function walkLiteral(literal: ValueNode, use: InputUse, inputs: InputIndex): Supply {
  const rules: Rule[] = []
  const variables: VariableUse[] = []
  const open: { readonly node: ValueNode; readonly type: string; readonly rules: readonly Rule[] }[] = [
    { node: literal, ...use },
  ]
  for (let next = open.pop(); next; next = open.pop()) {
    const { node, type, rules: charged } = next
    if (node.kind === 'Variable') {
      variables.push({ name: node.name.value, type, rules: charged })
      continue
    }
    rules.push(...charged)
    const entry = inputs.get(type)
    if (!entry?.isGuarded) continue
    // A list is walked item by item; one item where a list is expected stands for a list of one.
    if (node.kind === 'ListValue') for (const item of node.values) open.push({ node: item, type, rules: [] })
    if (node.kind === 'EnumValue') rules.push(...(entry.values.get(node.value) ?? []))
    if (node.kind !== 'ObjectValue') continue
    for (const { name, value } of node.fields) {
      const field = entry.fields.get(name.value)
      if (field) open.push({ node: value, ...field })
    }
  }
  return { rules, variables }
}

/** The rules that a variable charges with what this request supplies for it. */
export function rulesOfVariable(use: VariableUse, variables: Variables, inputs: InputIndex): readonly Rule[] {
  const supplied = variables.find(use.name)
  if (!supplied) return []
  if ('literal' in supplied)
    return [...use.rules, ...walkLiteral(supplied.literal, { type: use.type, rules: [] }, inputs).rules]
  return [...use.rules, ...walkValue(supplied.value, use.type, inputs)]
}

/** Walks a raw value by its type, reading members as graphql's own coercion does: what it sees is charged. */
function walkValue(value: unknown, type: string, inputs: InputIndex): readonly Rule[] {
  const rules: Rule[] = []
  const open = [{ value, type }]
  let budget = MAX_INPUT_VALUES
  for (let next = open.pop(); next; next = open.pop()) {
    const entry = inputs.get(next.type)
    if (!entry?.isGuarded) continue
    if (--budget < 0) throw new TooLarge()
    if (typeof next.value === 'string') rules.push(...(entry.values.get(next.value) ?? []))
    if (!isRecord(next.value)) continue
    if (isIterable(next.value)) {
      for (const item of next.value) open.push({ value: item, type: next.type })
      continue
    }
    for (const [name, field] of entry.fields) {
      const member = next.value[name]
      if (member === undefined) continue
      rules.push(...field.rules)
      open.push({ value: member, type: field.type })
    }
  }
  return rules
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

const isIterable = (value: object): value is Iterable<unknown> =>
  Symbol.iterator in value && typeof value[Symbol.iterator] === 'function'
