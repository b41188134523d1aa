/**
 * A second implementation for comparison: it shares nothing with the first one. It substitutes the variables, walks
 * every concrete path of an operation and reads directives from the syntax tree at each step. Exponential, and plain.
 */
import {
  type ASTNode,
  type DirectiveNode,
  type DocumentNode,
  type GraphQLInterfaceType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  type OperationDefinitionNode,
  type SelectionNode,
  type ValueNode,
  valueFromASTUntyped,
} from 'graphql'

export interface NaiveQuestion {
  readonly schema: GraphQLSchema
  readonly document: DocumentNode
  readonly variables: Readonly<Record<string, unknown>>
  /** Undefined without a token. With all that is implied. */
  readonly held: ReadonlySet<string> | undefined
  readonly isDefaultDeny: boolean
  /** The answers of policies. */
  readonly policies: Readonly<Record<string, boolean>>
}

/** Whether every concrete path of the only operation may be walked. */
export function isAllowedNaively(question: NaiveQuestion): boolean {
  const { schema, document } = question
  const operation = document.definitions.find(
    (node): node is OperationDefinitionNode => node.kind === 'OperationDefinition',
  )
  const root = operation && schema.getRootType(operation.operation)
  if (!root) return false
  return operation.selectionSet.selections.every((selection) =>
    isSelectionAllowed(question, operation, selection, root),
  )
}

function isSelectionAllowed(
  question: NaiveQuestion,
  operation: OperationDefinitionNode,
  selection: SelectionNode,
  type: GraphQLObjectType,
): boolean {
  if (isLeftOut(question, operation, selection)) return true
  if (selection.kind !== 'Field') {
    const fragment =
      selection.kind === 'InlineFragment'
        ? selection
        : question.document.definitions.find(
            (node) => node.kind === 'FragmentDefinition' && node.name.value === selection.name.value,
          )
    if (fragment?.kind !== 'InlineFragment' && fragment?.kind !== 'FragmentDefinition') return false
    const condition = fragment.typeCondition && question.schema.getType(fragment.typeCondition.name.value)
    const applies =
      !condition || condition === type || (isAbstractType(condition) && question.schema.isSubType(condition, type))
    if (!applies) return true
    return fragment.selectionSet.selections.every((inner) => isSelectionAllowed(question, operation, inner, type))
  }
  if (selection.name.value === '__typename') return true
  const field = type.getFields()[selection.name.value]
  if (!field) return false
  const parents = withInterfaces(type)
  const carriers = [...parents, ...parents.flatMap((one) => one.getFields()[field.name] ?? [])]
  const output = getNamedType(field.type)
  const returned = isObjectType(output) || isInterfaceType(output) ? withInterfaces(output) : []
  const inputs = (selection.arguments ?? []).flatMap((argument) => {
    const definition = field.args.find(({ name }) => name === argument.name.value)
    const value = substitute(argument.value, question.variables, operation)
    return definition && value !== undefined ? inputCarriers(getNamedType(definition.type), value) : []
  })
  const own = carriers.flatMap(directivesOf)
  const isDefault = question.isDefaultDeny && !own.some(({ name }) => name.value === 'auth' || name.value === 'public')
  if (isDefault && !question.held) return false
  const demands = [...own, ...[...returned, ...inputs].flatMap(directivesOf)].filter(
    ({ name }) => name.value === 'auth',
  )
  if (!demands.every((directive) => isDemandMet(directive, question))) return false
  const possible = isAbstractType(output)
    ? question.schema.getPossibleTypes(output)
    : isObjectType(output)
      ? [output]
      : []
  return possible.every((one) =>
    (selection.selectionSet?.selections ?? []).every((inner) => isSelectionAllowed(question, operation, inner, one)),
  )
}

function isDemandMet(directive: DirectiveNode, { held, policies }: NaiveQuestion): boolean {
  if (!held) return false
  const read = (name: string): readonly string[] | undefined => {
    const node = directive.arguments?.find((argument) => argument.name.value === name)?.value
    const value: unknown = node && valueFromASTUntyped(node)
    return value === undefined ? undefined : [value].flat().map(String)
  }
  const scope = read('scope')
  const isScopeMet = !scope || scope.some((text) => text.split(' ').every((value) => held.has(value)))
  return isScopeMet && (read('policy') ?? []).every((name) => policies[name])
}

interface Directed {
  readonly astNode?: ASTNode | null | undefined
  readonly extensionASTNodes?: readonly ASTNode[] | null | undefined
}

function directivesOf({ astNode, extensionASTNodes }: Directed): readonly DirectiveNode[] {
  return [astNode, ...(extensionASTNodes ?? [])].flatMap((node) =>
    node && 'directives' in node ? [...(node.directives ?? [])] : [],
  )
}

function withInterfaces(type: GraphQLObjectType | GraphQLInterfaceType): (GraphQLObjectType | GraphQLInterfaceType)[] {
  return [type, ...type.getInterfaces()]
}

function isLeftOut(question: NaiveQuestion, operation: OperationDefinitionNode, selection: SelectionNode): boolean {
  return (selection.directives ?? []).some((directive) => {
    const [argument] = directive.arguments ?? []
    const value = argument && substitute(argument.value, question.variables, operation)
    return (
      (directive.name.value === 'skip' && value === true) || (directive.name.value === 'include' && value === false)
    )
  })
}

/** Undefined: absent. */
function substitute(
  node: ValueNode,
  variables: NaiveQuestion['variables'],
  operation: OperationDefinitionNode,
): unknown {
  if (node.kind === 'Variable') {
    const name = node.name.value
    if (name in variables) return variables[name]
    const definition = operation.variableDefinitions?.find(({ variable }) => variable.name.value === name)
    return definition?.defaultValue && valueFromASTUntyped(definition.defaultValue)
  }
  if (node.kind === 'ListValue') return node.values.map((item) => substitute(item, variables, operation) ?? null)
  if (node.kind === 'ObjectValue')
    return Object.fromEntries(
      node.fields
        .map((field) => [field.name.value, substitute(field.value, variables, operation)] as const)
        .filter(([, value]) => value !== undefined),
    )
  return valueFromASTUntyped(node)
}

function inputCarriers(type: unknown, value: unknown): readonly Directed[] {
  if (Array.isArray(value)) return value.flatMap((item) => inputCarriers(type, item))
  if (!isInputObjectType(type) || typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, member]) => {
    const field = type.getFields()[name]
    return field ? [field, ...inputCarriers(getNamedType(field.type), member)] : []
  })
}
