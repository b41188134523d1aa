/** Splits documents into operations, and analyses each of them. */
import {
  type DefinitionNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  print,
  validate,
  visit,
} from 'graphql'
import type { Analysis } from '../analyze/analysis.js'
import { AuthDirectiveError, type SchemaProblem } from '../errors.js'
import type { AnyAuth } from './demands.js'

/** An operation with all that it needs. */
export interface AnalyzedOperation<S extends string> {
  /** Null for an anonymous operation. */
  readonly name: string | null
  /** The operation and the fragments it uses. */
  readonly document: DocumentNode
  readonly analysis: Analysis<S>
}

/**
 * Analyses all operations of some documents. Fragments may stand in any of them.
 * @throws {AuthDirectiveError} invalid_document, with all problems at once, for operations that are not valid against
 * the schema or can't be analysed; invalid_schema
 */
export function analyzeOperations<S extends string>(
  auth: AnyAuth<S>,
  schema: GraphQLSchema,
  documents: readonly DocumentNode[],
): readonly AnalyzedOperation<S>[] {
  auth.apply(schema)
  const problems: SchemaProblem[] = []
  const operations = splitOperations(documents, problems).flatMap((document): AnalyzedOperation<S>[] => {
    const name = nameOf(document)
    const coordinate = name ?? 'an anonymous operation'
    const errors = validate(schema, document)
    problems.push(...errors.map(({ message }) => ({ coordinate, message })))
    if (errors.length > 0) return []
    const analysis = auth.analyze(schema, document)
    if (analysis.refused !== undefined) problems.push({ coordinate, message: analysis.refused })
    return [{ name, document, analysis }]
  })
  if (problems.length > 0)
    throw new AuthDirectiveError('invalid_document', 'These operations can not be analysed:', problems)
  return operations
}

/** Each operation with the fragments it uses, directly or by others. */
function splitOperations(documents: readonly DocumentNode[], problems: SchemaProblem[]): readonly DocumentNode[] {
  const definitions: readonly DefinitionNode[] = documents.flatMap(({ definitions: own }) => own)
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const definition of definitions) {
    if (definition.kind !== Kind.FRAGMENT_DEFINITION) continue
    const name = definition.name.value
    const known = fragments.get(name)
    if (known && print(known) !== print(definition))
      problems.push({ coordinate: name, message: 'there are two different fragments of this name. Rename one.' })
    fragments.set(name, definition)
  }
  return definitions
    .filter((definition): definition is OperationDefinitionNode => definition.kind === Kind.OPERATION_DEFINITION)
    .map((operation) => ({ kind: Kind.DOCUMENT, definitions: [operation, ...fragmentsOf(operation, fragments)] }))
}

function fragmentsOf(
  operation: OperationDefinitionNode,
  known: ReadonlyMap<string, FragmentDefinitionNode>,
): readonly FragmentDefinitionNode[] {
  const used = new Set<FragmentDefinitionNode>()
  const collect = (node: OperationDefinitionNode | FragmentDefinitionNode): void => {
    visit(node, {
      FragmentSpread({ name }) {
        const fragment = known.get(name.value)
        if (!fragment || used.has(fragment)) return
        used.add(fragment)
        collect(fragment)
      },
    })
  }
  collect(operation)
  return [...used]
}

function nameOf({ definitions }: DocumentNode): string | null {
  const [operation] = definitions
  return (operation?.kind === Kind.OPERATION_DEFINITION && operation.name?.value) || null
}
