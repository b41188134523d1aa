/** `@skip` and `@include`. GraphQL §3.13.1, §3.13.2. */
import type { SelectionNode } from 'graphql'
import type { Variables } from './variables.js'

/** A selection is left out when the variable holds this value. */
export interface Condition {
  readonly variable: string
  readonly excludes: boolean
}

const NONE: readonly Condition[] = []
const EXCLUDING: ReadonlyMap<string, boolean> = new Map([
  ['skip', true],
  ['include', false],
])

/** What a selection depends on; undefined when it is left out whatever the variables are. */
export function conditionsOf(selection: SelectionNode): readonly Condition[] | undefined {
  if (!selection.directives || selection.directives.length === 0) return NONE
  const conditions: Condition[] = []
  for (const [name, excludes] of EXCLUDING) {
    // The executor looks at the first of each name only.
    const directive = selection.directives.find((one) => one.name.value === name)
    const value = directive?.arguments?.find((argument) => argument.name.value === 'if')?.value
    if (value?.kind === 'BooleanValue' && value.value === excludes) return undefined
    if (value?.kind === 'Variable') conditions.push({ variable: value.name.value, excludes })
  }
  return conditions
}

/** Whether a selection takes part. In doubt it does: then it is charged. */
export function isIncluded(conditions: readonly Condition[], variables: Variables): boolean {
  return !conditions.some(({ variable, excludes }) => variables.is(variable, excludes))
}
