/** How operations are read, from the options. */
import type { Reading } from '../analyze/graph.js'
import { bareRule } from '../directive/rule.js'
import type { Rule } from '../directive.js'
import type { Introspection, Settings } from '../options.js'

/** Prepares the reading of operations. */
export function readingOf(settings: Settings, intern: (rule: Rule) => Rule): Reading {
  const { limits, isRuntime, chargesTypename, introspection } = settings
  return { limits, isRuntime, chargesTypename, introspection: introspectionRules(introspection, intern) }
}

function introspectionRules(introspection: Introspection, intern: (rule: Rule) => Rule): readonly Rule[] | undefined {
  if (introspection.kind === 'off') return undefined
  if (introspection.kind !== 'scope') return []
  return [intern({ ...bareRule('introspection'), clause: introspection.clause })]
}
