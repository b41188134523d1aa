/**
 * The normal form of an operation, under which a manifest lists it. It is made so that a client finds its operation
 * with a lexer of one regular expression and no graphql-js: docs/manifest.md says how, step by step.
 */

// GraphQL §2.1. In order: comment, block string, string, name, number, spread, any other mark.
const TOKEN =
  /#[^\n\r]*|"""[\s\S]*?(?<!\\)"""|"(?:\\.|[^"\\\n])*"|[_A-Za-z]\w*|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\.\.\.|[^\s,\uFEFF]/g
const OPENING = new Set(['{', '(', '['])
const CLOSING = new Set(['}', ')', ']'])

/** Writes an executable document in its normal form. Equal operations have equal ones, however they are laid out. */
export function normalizeDocument(source: string): string {
  const tokens = (source.match(TOKEN) ?? []).filter((token) => !token.startsWith('#'))
  return splitDefinitions(tokens).map(normalizeDefinition).sort().join('\n')
}

/** A definition ends with the brace that closes its selection set. */
function splitDefinitions(tokens: readonly string[]): readonly (readonly string[])[] {
  const definitions: string[][] = [[]]
  let depth = 0
  for (const token of tokens) {
    definitions.at(-1)?.push(token)
    if (OPENING.has(token)) depth++
    if (CLOSING.has(token)) depth--
    if (token === '}' && depth === 0) definitions.push([])
  }
  return definitions.filter((definition) => definition.length > 0)
}

/** `query {` is `{`, and a plain `__typename` goes: clients add it on their own. */
function normalizeDefinition(definition: readonly string[]): string {
  const start = definition[0] === 'query' && definition[1] === '{' ? 1 : 0
  return definition
    .slice(start)
    .filter((token, at, all) => token !== '__typename' || !isPlainSelection(all[at - 1], all[at + 1]))
    .join(' ')
}

const BOUND_BEFORE = new Set([':', '$', '@', '...', 'on'])
const BOUND_AFTER = new Set([':', '@', '('])

/** Without an alias and without a directive. */
const isPlainSelection = (before = '', after = ''): boolean => !BOUND_BEFORE.has(before) && !BOUND_AFTER.has(after)
