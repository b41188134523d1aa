/** What a command is given, and how it answers. */
import type { DocumentNode, GraphQLSchema } from 'graphql'
import { isAuthDirectiveError } from '../errors.js'
import type { AnyAuth } from '../tools/demands.js'
import { UsageError } from './errors.js'
import type { Finding, Place, RuleId } from './findings.js'
import { authFor, buildSchemaOf, type Declared, loadModule, readDocuments } from './load.js'

/** The options, as node:util parses them. */
interface Values {
  readonly schema?: string[] | undefined
  readonly auth?: string | undefined
  readonly scopes?: string | undefined
  readonly default?: string | undefined
  readonly directive?: string | undefined
  readonly lock?: string | undefined
  readonly min?: string | undefined
  readonly out?: string | undefined
  readonly check?: boolean | undefined
}

/** One command line. */
export interface Input {
  readonly values: Values
  /** What stands after the command. */
  readonly positionals: readonly string[]
  readonly cwd: string
}

/** What a command found. */
export interface Outcome {
  readonly text: string
  readonly json: unknown
  readonly findings: readonly Finding[]
  /** Whether the exit code is 1. */
  readonly isFailed: boolean
}

/** Loads the schema of `--schema`, or of the module. @throws {UsageError} */
export async function loadSchema({ values, cwd }: Input): Promise<{ auth: AnyAuth; schema: GraphQLSchema }> {
  const loaded = await loadModule(values.auth, cwd)
  if (loaded.schema && !values.schema) return { auth: authFor(loaded, [], readDeclared(values)), schema: loaded.schema }
  const documents = await readDocuments(values.schema ?? ['schema.graphql'], cwd)
  const auth = authFor(loaded, documents, readDeclared(values))
  return { auth, schema: buildSchemaOf(documents, auth) }
}

/** Loads two schemas that one auth reads. @throws {UsageError} */
export async function loadSchemas(
  { values, cwd }: Input,
  files: readonly [string, string],
): Promise<{ auth: AnyAuth; before: GraphQLSchema; after: GraphQLSchema }> {
  const loaded = await loadModule(values.auth, cwd)
  const [before, after]: readonly DocumentNode[][] = await Promise.all(
    files.map(async (file) => [...(await readDocuments([file], cwd))]),
  )
  const auth = authFor(loaded, [...(before ?? []), ...(after ?? [])], readDeclared(values))
  return { auth, before: buildSchemaOf(before ?? [], auth), after: buildSchemaOf(after ?? [], auth) }
}

/** What is wrong with a schema or an operation is a finding like any other, each problem at its place. */
export async function reportProblems(
  rule: RuleId,
  placeOf: (subject: string) => Place | undefined,
  run: () => Outcome | Promise<Outcome>,
): Promise<Outcome> {
  try {
    return await run()
  } catch (error) {
    if (!isAuthDirectiveError(error)) throw error
    if (error.code === 'unknown_element' || error.code === 'invalid_options') throw new UsageError(error.message)
    const findings = error.problems.map(({ coordinate, message }): Finding => {
      const place = placeOf(coordinate)
      return { rule, level: 'error', subject: coordinate, message: `${coordinate}: ${message}`, place }
    })
    return { text: error.message, json: { code: error.code, problems: error.problems }, findings, isFailed: true }
  }
}

function readDeclared({ scopes, default: fallback = 'deny', directive }: Values): Declared {
  if (fallback !== 'deny' && fallback !== 'allow') throw new UsageError('--default takes deny or allow.')
  return {
    scopes: scopes?.split(/[ ,]+/).filter(Boolean),
    isDefaultDeny: fallback === 'deny',
    directiveName: directive,
  }
}
