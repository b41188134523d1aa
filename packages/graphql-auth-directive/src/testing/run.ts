/** Checks and executes the way a server does, without one. */
import { type ExecutionResult, execute, type GraphQLSchema, parse, validate } from 'graphql'
import type { Analysis } from '../analyze/analysis.js'
import type { Auth } from '../auth.js'
import type { Decision } from '../decide/denial.js'

export interface Run {
  readonly decision: Decision
  readonly result: ExecutionResult | undefined
}

// Tests build many auths: what their types say about scopes and claims is the business of the type tests.
type AnyAuth = Pick<Auth<string, unknown>, 'finish'> & {
  analyze(schema: GraphQLSchema, document: ReturnType<typeof parse>, options?: object): Analysis
  check(analysis: Analysis, token: undefined, options: { context: object; variables?: object }): unknown
}

export async function run(
  auth: object,
  schema: GraphQLSchema,
  query: string,
  token: object | undefined,
  { variables = {}, operationName, context = {}, rootValue }: RunOptions = {},
): Promise<Run> {
  const { analyze, check, finish } = auth as AnyAuth
  const document = parse(query)
  const errors = validate(schema, document)
  if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join('\n'))
  const analysis = analyze(schema, document, { operationName })
  const decision = (await check(analysis, token as undefined, { context, variables })) as Decision
  if (!decision.isAllowed) return { decision, result: undefined }
  const result = await execute({
    schema,
    document,
    contextValue: context,
    variableValues: variables,
    operationName,
    rootValue,
  })
  return { decision, result: finish(result, analysis, context) }
}

export interface RunOptions {
  readonly variables?: Record<string, unknown>
  readonly operationName?: string
  readonly context?: object
  readonly rootValue?: unknown
}
