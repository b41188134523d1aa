/** The `@link` of a subgraph to the federation specification. */
import { type GraphQLSchema, parse, print } from 'graphql'
import { readFederationNames } from '../../federation/names.js'
import type { AccessDirective } from './express.js'

/** The first version that has all three directives. */
const VERSION = { url: 'https://specs.apollo.dev/federation/v2.6', minor: 6 }

const NEEDED = ['authenticated', 'requiresScopes', 'policy'] as const satisfies readonly AccessDirective[]

/** How the schema is linked. */
export interface Link {
  /** `extend schema` with all directives of the schema, so that the directives used are known. */
  readonly sdl: string
  nameOf(directive: AccessDirective): string
}

/** Keeps the link that a schema has, with its names, and imports what is not imported yet. */
export function linkFederation(schema: GraphQLSchema, used: ReadonlySet<AccessDirective>): Link {
  const { linked } = readFederationNames(schema)
  const names = new Map(NEEDED.map((directive) => [directive, importedName(linked, directive) ?? directive]))
  const missing = NEEDED.filter((directive) => used.has(directive) && importedName(linked, directive) === undefined)
  const written = [schema.astNode, ...schema.extensionASTNodes].flatMap((node) => node?.directives ?? []).map(print)
  const isFederation = (text: string) => text.includes('specs.apollo.dev/federation/')
  const own = written.find(isFederation)
  const imports = missing.map((directive) => `"@${directive}"`)
  const link = own ? extendLink(own, imports) : `@link(url: "${VERSION.url}", import: [${imports.join(', ')}])`
  const directives = used.size === 0 && !own ? written : [link, ...written.filter((text) => text !== own)]
  return {
    sdl: directives.length > 0 ? `extend schema ${directives.join(' ')}` : '',
    nameOf: (directive) => names.get(directive) ?? directive,
  }
}

/** The name by which it was imported: one with the prefix of the link goes without saying, and one may exist beside it. */
function importedName(linked: ReadonlyMap<string, string>, directive: AccessDirective): string | undefined {
  return [...linked].find(([name, meaning]) => meaning === directive && !name.endsWith(`__${directive}`))?.[0]
}

/** Adds imports to a link, and raises its version if it is too old for them. */
function extendLink(link: string, imports: readonly string[]): string {
  const version = /federation\/v2\.(\d+)/.exec(link)
  const raised = version && Number(version[1]) < VERSION.minor && imports.length > 0
  const newer = raised ? link.replace(version[0], `federation/v2.${VERSION.minor}`) : link
  if (imports.length === 0) return newer
  if (!/\bimport:\s*\[/.test(newer)) return newer.replace(/\)$/, `, import: [${imports.join(', ')}])`)
  const extended = newer.replace(/\bimport:\s*\[/, (found) => `${found}${imports.join(', ')}, `)
  // What was replaced in text is read once more: a broken link would leave the directives without meaning.
  parse(`extend schema ${extended}`)
  return extended
}
