import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { parse, print, Source, stripIgnoredCharacters } from 'graphql'
import { describe, expect, it } from 'vitest'
import { runs } from '../testing/runs.js'
import { notesAuth, notesSchema } from '../testing/schema.js'
import { hashDocument, manifest } from './manifest.js'
import { normalizeDocument } from './normalize.js'

const schema = notesSchema()
const sha256 = (text: string) => createHash('sha256').update(text, 'utf8').digest('hex')

describe('manifest', () => {
  it('lists each operation by the hash of its normal form, with the scopes that it needs', async () => {
    expect(await manifest(notesAuth, schema, ['query Notes { notes { title } users { name } }', '{ health }'])).toEqual(
      {
        version: 1,
        operations: {
          [sha256('{ health }')]: { name: null, requiredScopes: [], conditional: false },
          [sha256('query Notes { notes { title } users { name } }')]: {
            name: 'Notes',
            requiredScopes: [
              ['notes:read', 'users:read'],
              ['notes:read', 'admin'],
            ],
            conditional: false,
          },
        },
      },
    )
  })

  it('takes fragments from any document, and counts only those an operation uses', async () => {
    const fragments =
      'fragment Body on Note { title ...Secret } fragment Secret on Note { internalNote } fragment Unused on User { email }'
    const result = await manifest(notesAuth, schema, [new Source('query A { notes { ...Body } }'), parse(fragments)])
    expect(Object.values(result.operations)).toMatchObject([{ name: 'A', requiredScopes: [['notes:read', 'admin']] }])
  })

  it('says which operations depend on their variables', async () => {
    const result = await manifest(notesAuth, schema, ['query A($x: Boolean!) { health notes @include(if: $x) { id } }'])
    expect(Object.values(result.operations)).toEqual([{ name: 'A', requiredScopes: [], conditional: true }])
  })

  it('names every operation that is not valid', async () => {
    const documents = [
      'query A { nothing }',
      'query B { health }',
      'query C { notes }',
      'fragment F on Note { id }',
      'fragment F on Note { title }',
    ]
    const error = await manifest(notesAuth, schema, documents).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'invalid_document' })
    expect(String(error)).toMatch(/- F: .*two different fragments[\s\S]*- A: .*"nothing"[\s\S]*- C: /)
  })

  it('is the same for the same operations in another order', async () => {
    const documents = ['query B { health }', 'query A { me { id } }', 'mutation C { deleteNote(id: 1) }']
    const forth = await manifest(notesAuth, schema, documents)
    const back = await manifest(notesAuth, schema, documents.toReversed())
    expect(JSON.stringify(back)).toBe(JSON.stringify(forth))
  })

  it('finds an operation as it was written and as graphql-js prints it', async () => {
    const source = 'query A { node(id: """\n    block\n  """) { id } }'
    const { operations } = await manifest(notesAuth, schema, [source])
    expect(operations).toHaveProperty(await hashDocument(source))
    expect(operations).toHaveProperty(await hashDocument(print(parse(source))))
  })
})

describe('normalizeDocument', () => {
  it.each([
    ['layout, commas and comments', '{a,b # c\n}', '{ a b }'],
    ['the keyword of a plain query', 'query { a }', '{ a }'],
    ['the order of definitions', 'query A { ...F } fragment F on Q { a }', 'fragment F on Q { a }\nquery A { ... F }'],
    ['__typename that clients add', '{ a { __typename b } __typename }', '{ a { b } }'],
  ])('leaves out %s', (_, source, normal) => {
    expect(normalizeDocument(source)).toBe(normal)
  })

  it.each([
    ['the name of a query', 'query A { a }', 'query A { a }'],
    ['the keyword before variables', 'query($a: Int) { a }', 'query ( $ a : Int ) { a }'],
    [
      '__typename with an alias or a directive',
      '{ t: __typename __typename @skip(if: $a) }',
      '{ t : __typename __typename @ skip ( if : $ a ) }',
    ],
    [
      'what looks like marks inside strings',
      '{ a(b: "# {, }", c: """ " } """) }',
      '{ a ( b : "# {, }" c : """ " } """ ) }',
    ],
    ['escaped quotes', String.raw`{ a(b: "\"}", c: """\"""}""") }`, String.raw`{ a ( b : "\"}" c : """\"""}""" ) }`],
    [
      'values of variables',
      'query A($a: I = { b: [1, -2.5e3] }) { a } { c }',
      'query A ( $ a : I = { b : [ 1 -2.5e3 ] } ) { a }\n{ c }',
    ],
  ])('keeps %s', (_, source, normal) => {
    expect(normalizeDocument(source)).toBe(normal)
  })

  it('is the same for a document, its print and its stripped print', () => {
    const name = fc.constantFrom('a', 'b1', '_c', 'on')
    const value = fc.constantFrom('1', '-2.5', '"x y"', '$v', 'ENUM', '[1, $v]', '{k: {l: "}"}}', 'true', 'null')
    const selection: fc.Arbitrary<string> = fc.letrec<{ set: string; one: string }>((tie) => ({
      set: fc.array(tie('one'), { minLength: 1, maxLength: 3 }).map((list) => `{ ${list.join(', ')} }`),
      one: fc.oneof(
        { maxDepth: 3 },
        name,
        fc.tuple(name, name).map(([alias, field]) => `${alias}: ${field}`),
        fc.tuple(name, value, tie('set')).map(([field, argument, set]) => `${field}(x: ${argument}) ${set}`),
        tie('set').map((set) => `... on T @include(if: $v) ${set}`),
        fc.constant('...F'),
      ),
    })).set
    fc.assert(
      fc.property(
        selection,
        fc.constantFrom('query Q', 'mutation', 'query', '', 'query Q($v: I = {a: 1})'),
        (set, head) => {
          const source = `${head} ${set} fragment F on T ${set}`
          const printed = print(parse(source))
          expect(normalizeDocument(source)).toBe(normalizeDocument(printed))
          expect(normalizeDocument(stripIgnoredCharacters(source))).toBe(normalizeDocument(printed))
        },
      ),
      { numRuns: runs(300) },
    )
  })

  it('takes linear time on an unterminated string', () => {
    expect(normalizeDocument(`{ a(b: """${'\\"""'.repeat(50_000)}`).length).toBeGreaterThan(0)
  })
})
