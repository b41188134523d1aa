/**
 * The normal form of an operation, under which a manifest of the directive package lists it: the same text for the same operation,
 * however it is laid out.
 */

// GraphQL §2.1. In order: comment, block string, string, name, number, spread, any other mark.
const TOKEN =
  /#[^\n\r]*|"""[\s\S]*?(?<!\\)"""|"(?:\\.|[^"\\\n])*"|[_A-Za-z]\w*|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\.\.\.|[^\s,\uFEFF]/g

type Definition = readonly string[]

/**
 * The normal form of the operation that a server would run, with the fragments it uses; undefined when none or several could be meant.
 * Pure.
 */
export function normalizeOperation(query: string, operationName: string | null | undefined): string | undefined {
  const definitions = splitDefinitions((query.match(TOKEN) ?? []).filter((token) => !token.startsWith('#')))
  const fragments = new Map(
    definitions.filter(([word]) => word === 'fragment').map((definition) => [definition[1] ?? '', definition]),
  )
  const operations = definitions.filter(([word]) => word !== 'fragment')
  const named = operationName ? operations.filter(([, name]) => name === operationName) : operations
  const [operation] = named
  if (!operation || named.length > 1) return undefined
  const used = new Set([operation])
  // A Set visits what is added while it is walked.
  for (const definition of used)
    for (const name of spreadsOf(definition)) {
      const fragment = fragments.get(name)
      if (fragment) used.add(fragment)
    }
  return [...used].map(writeDefinition).sort().join('\n')
}

/** A definition ends with the brace that closes its selection set. */
function splitDefinitions(tokens: readonly string[]): readonly Definition[] {
  const definitions: string[][] = [[]]
  let depth = 0
  for (const token of tokens) {
    definitions.at(-1)?.push(token)
    if (/^[{([]$/.test(token)) depth++
    if (/^[})\]]$/.test(token)) depth--
    if (token === '}' && depth === 0) definitions.push([])
  }
  return definitions.filter((definition) => definition.length > 0)
}

/** `... on Note` and `... @include` name no fragment. */
const spreadsOf = (definition: Definition): readonly string[] =>
  definition.filter((token, at) => definition[at - 1] === '...' && /^\w/.test(token) && token !== 'on')

/** `query {` is `{`, and a plain `__typename` goes: clients add it on their own. */
function writeDefinition(definition: Definition): string {
  const start = definition[0] === 'query' && definition[1] === '{' ? 1 : 0
  return definition
    .slice(start)
    .filter((token, at, all) => token !== '__typename' || !isPlainSelection(all[at - 1], all[at + 1]))
    .join(' ')
}

/** Without an alias and without a directive. */
const isPlainSelection = (before = '', after = ''): boolean =>
  !/^(:|\$|@|\.\.\.|on)$/.test(before) && !/^[:@(]$/.test(after)
