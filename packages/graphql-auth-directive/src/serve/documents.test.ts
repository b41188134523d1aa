import { makeExecutableSchema } from '@graphql-tools/schema'
import { describe, expect, it } from 'vitest'
import { createAuth } from '../auth.js'
import { scopes, typeDefs } from '../testing/notes.js'
import { createRealm } from '../testing/realm.js'
import { createDocuments } from './documents.js'

describe('createDocuments', () => {
  it('S14 answers one document for one text, so that it is analysed once', async () => {
    const { token } = await createRealm(scopes)
    const auth = createAuth({ token, policies: (policy) => ({ ownsNote: policy.field(() => true) }) })
    const schema = auth.apply(makeExecutableSchema({ typeDefs: [auth.typeDefs, typeDefs] }))
    const { parse } = createDocuments()
    const analyze = (text: string) => auth.analyze(schema, parse(text))
    expect(analyze('{ me { id } }')).toBe(analyze('{ me { id } }'))
    expect(analyze('{ me { id } }')).not.toBe(analyze('{ me { email } }'))
  })

  it('S14 loads the text of a persisted operation once per id, and never takes a text for an id', () => {
    const { parse, persisted } = createDocuments()
    const loaded: string[] = []
    const load = (id: string) => () => {
      loaded.push(id)
      return '{ a }'
    }
    expect(persisted('one', load('one'))).toBe(persisted('one', load('one')))
    expect(persisted('two', load('two'))).not.toBe(persisted('one', load('one')))
    expect(persisted('{ b }', load('{ b }'))).not.toBe(parse('{ b }'))
    expect(loaded).toEqual(['one', 'two', '{ b }'])
  })

  it('S14 forgets what was not used for longest, and keeps nothing that is too large', () => {
    const text = (name: string) => `{ ${name} }`
    // A key of ten characters and a text of five each.
    const { parse } = createDocuments({ characters: 30 })
    const [a, b] = [parse(text('a')), parse(text('b'))]
    expect(parse(text('a'))).toBe(a)
    parse(text('c'))
    expect(parse(text('a'))).toBe(a)
    expect(parse(text('b'))).not.toBe(b)
    const large = text('x'.repeat(50))
    expect(parse(large)).not.toBe(parse(large))
  })

  it('throws for what is no document, each time', () => {
    const { parse } = createDocuments()
    for (let time = 0; time < 2; time++) expect(() => parse('{')).toThrow(/Syntax Error/)
  })
})
