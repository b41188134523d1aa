/**
 * A second implementation for comparison: it shares nothing with the first one. It substitutes the variables, walks
 * every concrete path of an operation and reads directives from the syntax tree at each step. Exponential, and plain.
 */
import {
  type ASTNode,
  type DirectiveNode,
  type DocumentNode,
  type FieldNode,
  type GraphQLInterfaceType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isEnumType,
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
  /** Undefined without a token. */
  readonly holder: NaiveHolder | undefined
  readonly isDefaultDeny: boolean
  /** The answers of policies. */
  readonly policies: Readonly<Record<string, boolean>>
}

export interface NaiveHolder {
  /** With all that is implied. */
  readonly scope: ReadonlySet<string>
  readonly roles: readonly string[]
  readonly acr: string | undefined
  /** Seconds since the sign-in. */
  readonly age: number | undefined
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
  if (!isFieldAllowedNaively(question, operation, selection, type)) return false
  const output = getNamedType(field.type)
  const possible = isAbstractType(output)
    ? question.schema.getPossibleTypes(output)
    : isObjectType(output)
      ? [output]
      : []
  return possible.every((one) =>
    (selection.selectionSet?.selections ?? []).every((inner) => isSelectionAllowed(question, operation, inner, one)),
  )
}

/** Whether one field of one object type may be resolved, whatever is selected below it. */
export function isFieldAllowedNaively(
  question: NaiveQuestion,
  operation: OperationDefinitionNode,
  selection: FieldNode,
  type: GraphQLObjectType,
): boolean {
  const field = type.getFields()[selection.name.value]
  if (!field) return false
  const parents = withInterfaces(type)
  const definitions = parents.flatMap((one) => one.getFields()[field.name] ?? [])
  const output = getNamedType(field.type)
  const returned = isObjectType(output) || isInterfaceType(output) ? withInterfaces(output) : [output]
  const inputs = (selection.arguments ?? []).flatMap((argument) => {
    const name = argument.name.value
    const definition = field.args.find((one) => one.name === name)
    const value = substitute(argument.value, question.variables, operation)
    if (!definition || value === undefined) return []
    const everywhere = definitions.flatMap(({ args }) => args.filter((one) => one.name === name))
    const named = getNamedType(definition.type)
    return [...everywhere, named, ...inputCarriers(named, value)]
  })
  const own = [...parents, ...definitions].flatMap(directivesOf)
  const isDefault = question.isDefaultDeny && !own.some(({ name }) => name.value === 'auth' || name.value === 'public')
  if (isDefault && !question.holder) return false
  return [...own, ...[...returned, ...inputs].flatMap(directivesOf)]
    .filter(({ name }) => name.value === 'auth')
    .every((directive) => isDemandMet(directive, question))
}

function isDemandMet(directive: DirectiveNode, { holder, policies }: NaiveQuestion): boolean {
  if (!holder) return false
  const read = (name: string): readonly string[] | undefined => {
    const node = directive.arguments?.find((argument) => argument.name.value === name)?.value
    const value: unknown = node && valueFromASTUntyped(node)
    return value === undefined ? undefined : [value].flat().map(String)
  }
  const scope = read('scope')
  const isScopeMet = !scope || scope.some((text) => text.split(' ').every((value) => holder.scope.has(value)))
  const isRoleMet = read('roles')?.some((role) => holder.roles.includes(role)) ?? true
  const isAcrMet = read('acr')?.some((acr) => acr === holder.acr) ?? true
  const [maxAge] = read('maxAge') ?? []
  const isAgeMet = maxAge === undefined || (holder.age !== undefined && holder.age <= Number(maxAge))
  return isScopeMet && isRoleMet && isAcrMet && isAgeMet && (read('policy') ?? []).every((name) => policies[name])
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

/** What stands inside of a value, by its type: fields with their types, and values of enum types. */
function inputCarriers(type: unknown, value: unknown): readonly Directed[] {
  if (Array.isArray(value)) return value.flatMap((item) => inputCarriers(type, item))
  if (isEnumType(type)) return type.getValues().filter(({ name }) => name === value)
  if (!isInputObjectType(type) || typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, member]) => {
    const field = type.getFields()[name]
    const named = field && getNamedType(field.type)
    return field && named ? [field, named, ...inputCarriers(named, member)] : []
  })
}
