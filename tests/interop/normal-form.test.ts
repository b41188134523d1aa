import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createAuth } from '@scopewise/graphql-auth-directive'
import { hashDocument, manifest } from '@scopewise/graphql-auth-directive/tools'
import { scopesFor } from '@scopewise/oauth-client/graphql'
import { defineAccessToken, defineScopes } from '@scopewise/token-core'
import fc from 'fast-check'
import { buildSchema, parse, print, stripIgnoredCharacters } from 'graphql'
import { describe, expect, it } from 'vitest'
import { root } from '../packaging/workspace.js'

/** The normal form stands in both packages, which don't know each other: what one lists the other must find. */
interface Case {
  readonly name: string
  readonly sdl: string
  readonly query: string
  readonly buildError?: true
}

const FILE = 'packages/graphql-auth-directive/src/testing/graphql-cases.json'
const cases: readonly Case[] = JSON.parse(await readFile(join(root, FILE), 'utf8'))
const runs = (usual: number): number => Math.ceil(usual * (Number(process.env['SCOPEWISE_RUNS']) || 1))

const layouts = (query: string): readonly string[] => [
  query,
  print(parse(query)),
  stripIgnoredCharacters(query),
  `# a comment with { in it\n${query.replaceAll('{', ',,{\n\t')}\n`,
]

describe('a manifest of the directives', () => {
  const usable = cases.filter(({ buildError }) => !buildError)

  it('has cases to be tried with', () => {
    expect(usable.length).toBeGreaterThan(30)
  })

  it.each(usable)('is read by the client: $name', async ({ sdl, query }) => {
    const values = [...sdl.matchAll(/"([^"]+)"/g)].flatMap(([, text = '']) => text.split(' '))
    const scopes = defineScopes(Object.fromEntries(['unused', ...values].map((value) => [value, value])))
    const auth = createAuth({ token: defineAccessToken({ scopes, lifetime: 600 }), default: 'allow' })
    const schema = buildSchema(`${auth.typeDefs} ${sdl}`)
    const listed = await manifest(auth, schema, [parse(query)])
    const entries = Object.values(listed.operations)
    expect(entries.length).toBeGreaterThan(0)
    for (const { name, requiredScopes } of entries)
      for (const layout of layouts(query))
        expect(await scopesFor(listed, { query: layout, operationName: name })).toEqual(requiredScopes)
  })
})

// Documents as lists of tokens, so that they can be laid out in any way.
type Tokens = readonly string[]
const one = (...tokens: Tokens) => fc.constant(tokens)
const all = (...parts: readonly fc.Arbitrary<Tokens>[]) => fc.tuple(...parts).map((lists): Tokens => lists.flat())
const many = (part: fc.Arbitrary<Tokens>, minLength: number, maxLength = 3) =>
  fc.array(part, { minLength, maxLength }).map((lists): Tokens => lists.flat())
const name = fc.constantFrom('a', 'on', 'query', 'fragment', '__typename', 'true', '_x1', 'Note')
const word = (...before: Tokens) => name.map((text): Tokens => [...before, text])

const scalar = fc.constantFrom(
  ...[
    '1',
    '-2',
    '3.5e-7',
    '"a # b, { c"',
    '"\\" \\\\ \\u0041"',
    '""',
    '""" block " # , } \\""" """',
    'null',
    'RED',
    '$v',
  ],
)
const { value } = fc.letrec<{ value: Tokens }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 2 },
    scalar.map((text): Tokens => [text]),
    all(one('['), many(tie('value'), 0), one(']')),
    all(one('{'), word(), one(':'), tie('value'), one('}')),
  ),
}))
const given = fc.oneof(one(), all(one('('), word(), one(':'), value, one(')')))
const directive = fc.oneof(one(), one(), all(one('@', 'include', '('), one('if', ':', '$v', ')')), word('@'))
const { selection } = fc.letrec<{ selection: Tokens }>((tie) => {
  const set = all(one('{'), many(tie('selection'), 1), one('}'))
  return {
    selection: fc.oneof(
      { maxDepth: 3 },
      all(word(), given, directive),
      all(word(), one(':'), word(), given, directive),
      one('__typename'),
      one('...', 'Used'),
      all(word(), given, set),
      all(one('...', 'on'), word(), directive, set),
      all(one('...'), directive, set),
    ),
  }
})
const selections = all(one('{'), many(selection, 1, 4), one('}'))
const operation = fc.oneof(
  selections,
  all(one('query'), selections),
  all(fc.constantFrom(['query', 'A'], ['mutation', 'A'], ['subscription', 'A']), selections),
  all(one('query', 'A', '(', '$v', ':', 'I', '=', '{', 'k', ':', '1', '}', ')'), selections),
)
const used = all(one('fragment', 'Used', 'on', 'T'), directive, selections)
const separators = fc.array(fc.constantFrom(' ', '\n', ', ', ' # "comment\n', '\t\uFEFF ', ' ,,\r\n'), { minLength: 7 })

describe('the normal form', () => {
  it('is the same in both packages, however a document is laid out and what else stands in it', async () => {
    let found = 0
    await fc.assert(
      fc.asyncProperty(operation, used, separators, async (tokens, fragment, between) => {
        const uses = tokens.join(' ').includes('... Used')
        const listed = [...tokens, ...(uses ? fragment : [])]
        const text = listed.join(' ')
        expect(() => parse(text)).not.toThrow()
        const hash = await hashDocument(text)
        const entry = { name: null, requiredScopes: [['a']], conditional: false }
        const operationName = tokens[1] === 'A' ? 'A' : null
        const others = operationName
          ? ['query', 'Other', '{', 'b', '}', 'fragment', 'Unused', 'on', 'T', '{', 'c', '}']
          : []
        const query = [...others, ...listed].map((token, at) => `${token}${between[at % between.length]}`).join('')
        expect(() => parse(query)).not.toThrow()
        const answer = await scopesFor({ version: 1, operations: { [hash]: entry } }, { query, operationName })
        expect([text, answer]).toEqual([text, [['a']]])
        found++
      }),
      { numRuns: runs(300) },
    )
    expect(found).toBeGreaterThanOrEqual(300)
  })

  it('differs for documents that differ', async () => {
    const texts = [
      '{ a }',
      '{ b }',
      '{ a b }',
      '{ a: b }',
      '{ __typename: a }',
      '{ a(b: 1) }',
      '{ a(b: "1") }',
      'mutation { a }',
    ]
    const hashes = await Promise.all(texts.map((text) => hashDocument(text)))
    for (const [at, hash] of hashes.entries())
      for (const [other, query] of texts.entries()) {
        const entry = { name: null, requiredScopes: [['a']], conditional: false }
        const answer = await scopesFor({ version: 1, operations: { [hash]: entry } }, { query })
        expect(answer !== undefined).toBe(at === other)
      }
  })
})
