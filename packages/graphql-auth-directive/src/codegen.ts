/**
 * A plugin for GraphQL Code Generator: it puts the scopes that an operation needs on its typed document, as literals.
 * @see https://the-guild.dev/graphql/codegen/docs/custom-codegen/plugin-structure
 */
import type { PluginFunction, Types } from '@graphql-codegen/plugin-helpers'
import type { DocumentNode } from 'graphql'
import { AuthDirectiveError } from './errors.js'
import type { AnyAuth } from './tools/demands.js'
import { analyzeOperations } from './tools/operations.js'

/** The plugin's configuration. */
export interface ScopesPluginConfig {
  /** What createAuth gives. */
  readonly auth: AnyAuth
  /** What follows the operation's name in the variables that hold typed documents. @default 'Document' */
  readonly documentSuffix?: string
  /** What follows it in the variables that this plugin writes. @default 'WithScopes' */
  readonly suffix?: string
}

/**
 * Writes, for each named operation, its document with `requiredScopes` and `isConditional` on it. Use it after a plugin
 * that writes typed documents into the same file, such as typed-document-node.
 * @throws {AuthDirectiveError} invalid_options, invalid_document, invalid_schema
 */
export const plugin: PluginFunction<ScopesPluginConfig, Types.ComplexPluginOutput> = (schema, files, config) => {
  const { auth, documentSuffix = 'Document', suffix = 'WithScopes' } = config
  if (typeof auth?.analyze !== 'function')
    throw new AuthDirectiveError('invalid_options', 'The codegen plugin needs `config.auth`: what createAuth gives.')
  const documents = files.flatMap(({ document }): DocumentNode[] => (document ? [document] : []))
  const operations = analyzeOperations(auth, schema, documents)
  const lines = operations.flatMap(({ name, analysis }) => {
    if (name === null) return []
    const base = toPascalCase(name)
    const scopes = writeLists(analysis.requiredScopes)
    return [
      `/** The scopes that ${name} needs, as alternatives of which one is enough, the preferred one first. */`,
      `export const ${base}${suffix} = Object.assign(${base}${documentSuffix}, { requiredScopes: ${scopes}, isConditional: ${analysis.isConditional} } as const);`,
    ]
  })
  return { content: lines.join('\n') }
}

/** As Code Generator names things: the first letter of each part is large, underscores stay. */
function toPascalCase(name: string): string {
  return name.replaceAll(/(^|_)([a-z])/g, (_, before: string, letter: string) => `${before}${letter.toUpperCase()}`)
}

const writeLists = (lists: readonly (readonly string[])[]): string =>
  `[${lists.map((list) => `[${list.map((value) => JSON.stringify(value)).join(', ')}]`).join(', ')}]`
