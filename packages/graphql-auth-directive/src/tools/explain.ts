/** Why an element or an operation demands what it does: each directive that applies, and where it comes from. */
import type { DocumentNode, GraphQLSchema } from 'graphql'
import type { AnalyzeOptions } from '../analyze/analysis.js'
import { pathOf } from '../analyze/plan.js'
import { elementsOf } from '../collect/elements.js'
import type { SchemaIndex } from '../collect/schema-index.js'
import type { Rule } from '../directive.js'
import { AuthDirectiveError } from '../errors.js'
import { writeRule } from '../lock/write-rule.js'
import { alternativesOf } from '../requirement.js'
import { type AnyAuth, clausesOf, requiredScopesOf } from './demands.js'

/** One directive that applies. */
export interface Reason<S extends string = string> {
  /** The coordinate of the element that carries it, or that has none and is charged by default. */
  readonly origin: string
  /** As it is written there. */
  readonly directive: string
  /** How it comes to apply, such as "the type it returns". */
  readonly because: string
  /** The alternatives of this directive alone; `[[]]`: any token. */
  readonly scopes: readonly (readonly S[])[]
  readonly policies: readonly string[]
  /** In an operation: the response path where it was charged first, without list positions. */
  readonly path?: readonly string[]
}

/** The reasons, and what they add up to. */
export interface Explanation<S extends string = string> {
  /** The coordinate, or the name of the operation. */
  readonly subject: string
  readonly requiredScopes: readonly (readonly S[])[]
  readonly reasons: readonly Reason<S>[]
  /** Whether variables can add to it. Always false for an element. */
  readonly isConditional: boolean
}

/**
 * Explains an element by its schema coordinate, such as `Query.notes` or `Mutation.createNote(input:)`, or an operation.
 * @throws {AuthDirectiveError} unknown_element for a coordinate that the schema does not have; invalid_document for an
 * operation that can't be analysed; invalid_schema
 */
export function explain<S extends string>(
  auth: AnyAuth<S>,
  schema: GraphQLSchema,
  subject: string | DocumentNode,
  options: AnalyzeOptions = {},
): Explanation<S> {
  const explanation =
    typeof subject === 'string'
      ? explainElement(auth, schema, subject)
      : explainOperation(auth, schema, subject, options)
  // The values of a schema's rules were checked against the declared ones.
  return explanation as Explanation<S>
}

function explainElement(auth: AnyAuth, schema: GraphQLSchema, coordinate: string): Explanation {
  const { indexOf, settings } = auth['~inside']
  const index = indexOf(schema)
  const rules = rulesAt(index, coordinate)
  if (!rules)
    throw new AuthDirectiveError(
      'unknown_element',
      `The schema has no element ${coordinate}. Write a schema coordinate, such as Query.notes or Mutation.createNote(input:).`,
    )
  const reasons = rules.map((rule) => ({
    ...reasonOf(rule, writeRule(rule, settings.names)),
    because: relate(index, rule, coordinate),
  }))
  return { subject: coordinate, requiredScopes: requiredScopesOf(rules), reasons, isConditional: false }
}

function explainOperation(
  auth: AnyAuth,
  schema: GraphQLSchema,
  document: DocumentNode,
  options: AnalyzeOptions,
): Explanation {
  const { planOf, settings } = auth['~inside']
  const analysis = auth.analyze(auth.apply(schema), document, { operationName: options.operationName })
  const plan = planOf(analysis)
  if (!plan || 'refused' in plan)
    throw new AuthDirectiveError('invalid_document', analysis.refused ?? 'The operation can not be analysed.')
  const { rules } = options.variables ? plan.needsFor(options.variables) : plan.always
  const reasons = [...rules].map(([rule, site]) => {
    const field = site.entry?.coordinate
    const because = field === undefined ? 'introspection' : relate(plan.index, rule, field)
    return { ...reasonOf(rule, writeRule(rule, settings.names)), because, path: pathOf(site) }
  })
  return {
    subject: plan.operation.name?.value ?? plan.operation.operation,
    requiredScopes: requiredScopesOf([...rules.keys()]),
    reasons,
    isConditional: plan.isConditional && !options.variables,
  }
}

function reasonOf(rule: Rule, directive: string): Omit<Reason, 'because'> {
  return {
    origin: rule.element,
    directive,
    scopes: alternativesOf(clausesOf([rule])).values,
    policies: rule.policies,
  }
}

/** The rules of any element; undefined if there is none of that name. */
function rulesAt(index: SchemaIndex, coordinate: string): readonly Rule[] | undefined {
  const [typeName = '', fieldName = ''] = coordinate.split('.')
  const type = index.types.get(typeName)
  const field = type?.fields.get(fieldName)
  if (field) return field.rules
  if (type && coordinate === typeName) return type.rules
  const exists = [...elementsOf(index.schema)].some((element) => element.coordinate === coordinate)
  return exists ? (index.applied.rules.get(coordinate) ?? []) : undefined
}

/** Says how a rule comes to apply to a field or a type. */
function relate(index: SchemaIndex, { element }: Rule, coordinate: string): string {
  const [typeName = '', fieldName = ''] = coordinate.split('.')
  const type = index.types.get(typeName)
  const output = type?.fields.get(fieldName)?.output ?? ''
  const [ownerName = '', memberName] = element.split('.')
  const isInput = element.includes('(') || index.inputs.has(ownerName)
  if (element === coordinate)
    return index.applied.rules.has(element) ? 'written on it' : 'nothing is written on it, and the default is deny'
  if (isInput) return 'an input that is supplied'
  if (element === typeName) return 'its type'
  if (memberName === fieldName && type?.conditions.includes(ownerName))
    return 'the same field of an interface of its type'
  if (type?.conditions.includes(element)) return 'an interface of its type'
  if (element === output) return 'the type it returns'
  if (memberName === undefined) return 'an interface of the type it returns'
  return 'carried by its resolver from before the schema was transformed'
}
