/** What a command finds, and where. */
import { type ASTNode, type GraphQLSchema, getLocation } from 'graphql'
import { elementsOf } from '../collect/elements.js'

/** The kinds of findings, with what each one means. */
export const RULES = {
  schema: 'The schema can not be enforced as it is written.',
  document: 'The operation is not valid, or can not be analysed.',
  uncovered: 'Nobody decided who may select the field, and everybody may.',
  public: 'The element demanded something and demands nothing now.',
  weaker: 'The element lets more tokens through than it did.',
  changed: 'The element lets other tokens through than it did.',
  stronger: 'The element lets fewer tokens through than it did.',
  new: 'The element is new.',
  removed: 'The element is gone.',
  lock: 'The directives of the element are not those in the lock.',
} as const
export type RuleId = keyof typeof RULES

/** A place in a file. Lines and columns begin at 1. */
export interface Place {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** One finding. */
export interface Finding {
  readonly rule: RuleId
  readonly level: 'error' | 'warning' | 'note'
  /** The element or the operation that it is about. */
  readonly subject: string
  readonly message: string
  readonly place: Place | undefined
}

/** Tells where the elements of a schema are written. */
export function createLocator(schema: GraphQLSchema): (coordinate: string) => Place | undefined {
  const nodes = new Map([...elementsOf(schema)].map(({ coordinate, carrier }) => [coordinate, carrier.astNode]))
  // Elements always come with the node of their definition, which has a location; carriers are typed by what is read.
  return (coordinate) => placeOf(nodes.get(coordinate) as ASTNode | null | undefined)
}

/** Where a node is written, if it was parsed from a file. */
export function placeOf(node: Pick<ASTNode, 'loc'> | null | undefined): Place | undefined {
  if (!node?.loc) return undefined
  const { source, start } = node.loc
  const { line, column } = getLocation(source, start)
  return { file: source.name, line, column }
}
