/** Loads what a command works on: the schema, and the auth that reads it. */
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { defineAccessToken, defineScopes, type Scopes } from '@scopewise/token-core'
import { isScopeValue } from '@scopewise/token-core/scope'
import {
  buildASTSchema,
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  isSchema,
  Kind,
  parse,
  Source,
  valueFromASTUntyped,
  visit,
} from 'graphql'
import { createAuth } from '../auth.js'
import type { AnyAuth } from '../tools/demands.js'
import { messageOf, UsageError } from './errors.js'
import { findFiles } from './glob.js'

/** How the command line says what is declared. */
export interface Declared {
  /** Scope values; without them those that the schemas name. */
  readonly scopes: readonly string[] | undefined
  readonly isDefaultDeny: boolean
  readonly directiveName: string | undefined
}

/** What a module exports, as far as it is used. */
export interface Loaded {
  readonly auth: AnyAuth | undefined
  readonly scopes: Scopes<string> | undefined
  readonly schema: GraphQLSchema | undefined
}

/** Reads and parses files. @throws {UsageError} for one that is missing or that is not GraphQL */
export async function readDocuments(patterns: readonly string[], cwd: string): Promise<readonly DocumentNode[]> {
  const files = await findFiles(patterns, cwd)
  return Promise.all(
    files.map(async (file) => {
      const text = await readFile(resolve(cwd, file), 'utf8')
      try {
        return parse(new Source(text, file))
      } catch (error) {
        throw new UsageError(error instanceof GraphQLError ? error.toString() : `${file}: ${messageOf(error)}`)
      }
    }),
  )
}

/** Imports the module of the command line. @throws {UsageError} if it can't be, or exports nothing of use */
export async function loadModule(path: string | undefined, cwd: string): Promise<Loaded> {
  if (path === undefined) return { auth: undefined, scopes: undefined, schema: undefined }
  let exported: Readonly<Record<string, unknown>>
  try {
    exported = await import(pathToFileURL(resolve(cwd, path)).href)
  } catch (error) {
    throw new UsageError(`${path} can't be imported: ${messageOf(error)}`)
  }
  const found = [exported, exported['default']].flatMap((one) => (isRecord(one) ? [one, ...Object.values(one)] : []))
  // Told by their brands: they may come from another copy of these packages.
  const loaded = {
    auth: found.find((one) => isRecord(one) && '~inside' in one) as AnyAuth | undefined,
    scopes: found.find((one) => isRecord(one) && one['~scopewise'] === 'scopes') as Scopes<string> | undefined,
    schema: found.find((one) => isSchema(one)),
  }
  if (!loaded.auth && !loaded.scopes)
    throw new UsageError(`${path} exports neither what createAuth gives nor what defineScopes gives.`)
  return loaded
}

/** The auth of the module, or one made for these schemas. */
export function authFor({ auth, scopes }: Loaded, documents: readonly DocumentNode[], declared: Declared): AnyAuth {
  if (auth) return auth
  const named = findNamed(documents)
  const values = declared.scopes ?? named.scopes
  const known = scopes ?? defineScopes(Object.fromEntries(values.map((value) => [value, value])))
  return createAuth({
    token: defineAccessToken({ scopes: known, lifetime: 600 }),
    default: declared.isDefaultDeny ? 'deny' : 'allow',
    ...(declared.directiveName !== undefined && { directiveName: declared.directiveName }),
    // Without the module nobody knows the policies: any name will do, and none is asked.
    policies: (policy) => Object.fromEntries(named.policies.map((name) => [name, policy.field(() => false)])),
  })
}

/** Builds the schema of some documents. @throws {UsageError} if they make none */
export function buildSchemaOf(documents: readonly DocumentNode[], auth: AnyAuth): GraphQLSchema {
  const own = parse(auth.typeDefs).definitions
  const definitions = documents.flatMap((document) => document.definitions)
  const defined = new Set(
    definitions.flatMap((one) => (one.kind === Kind.DIRECTIVE_DEFINITION ? [one.name.value] : [])),
  )
  const missing = own.filter((one) => one.kind === Kind.DIRECTIVE_DEFINITION && !defined.has(one.name.value))
  try {
    // Directives of others, such as those of federation, need not be defined here.
    return buildASTSchema({ kind: Kind.DOCUMENT, definitions: [...missing, ...definitions] }, { assumeValidSDL: true })
  } catch (error) {
    throw new UsageError(`These files make no schema: ${messageOf(error)}`)
  }
}

interface Named {
  readonly scopes: readonly string[]
  readonly policies: readonly string[]
}

/** The scopes and policies that any directive names. */
function findNamed(documents: readonly DocumentNode[]): Named {
  const scopes = new Set<string>()
  const policies = new Set<string>()
  for (const document of documents)
    visit(document, {
      Directive({ arguments: args = [] }) {
        for (const { name, value } of args) {
          const texts = [valueFromASTUntyped(value)].flat(3).filter((text) => typeof text === 'string')
          if (/^scopes?$/.test(name.value)) for (const text of texts) for (const one of text.split(' ')) scopes.add(one)
          if (/^polic(y|ies)$/.test(name.value)) for (const text of texts) policies.add(text)
        }
      },
    })
  return { scopes: [...scopes].filter(isScopeValue), policies: [...policies] }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null
