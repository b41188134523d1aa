import { buildSchema } from 'graphql'
import { describe, expect, it } from 'vitest'
import { createNotesAuth, notesAuth, notesSchema } from '../testing/schema.js'
import { coverage } from './coverage.js'

const allow = createNotesAuth('allow')
const build = (sdl: string) => buildSchema(`${allow.typeDefs} ${sdl}`)
const fieldOf = (result: ReturnType<typeof coverage>, coordinate: string) =>
  result.fields.find((field) => field.coordinate === coordinate)

describe('coverage', () => {
  it('tells how each field is protected, with all that selecting it charges', () => {
    const result = coverage(notesAuth, notesSchema())
    expect(fieldOf(result, 'Query.health')).toMatchObject({ protection: 'public', requiredScopes: [], isOpen: true })
    expect(fieldOf(result, 'Query.me')).toMatchObject({ protection: 'authenticated', requiredScopes: [[]] })
    expect(fieldOf(result, 'Query.users')).toMatchObject({ requiredScopes: [['users:read'], ['admin']] })
    expect(fieldOf(result, 'Note.internalNote')).toMatchObject({ requiredScopes: [['notes:read', 'admin']] })
    expect(fieldOf(result, 'Mutation.deleteNote')).toMatchObject({ protection: 'scoped', policies: ['ownsNote'] })
    expect(result.percentage).toBe(100)
  })

  it('counts a field that is charged by default as authenticated, and a public type as public', () => {
    const result = coverage(notesAuth, notesSchema())
    expect(fieldOf(result, 'AuditEntry.at')).toMatchObject({ protection: 'authenticated', isOpen: false })
    expect(fieldOf(result, 'Greeting.text')).toMatchObject({ protection: 'public', isOpen: true })
  })

  it('calls a field uncovered when nobody decided about it and everybody may have it', () => {
    const result = coverage(
      allow,
      build('type Query { a: String @public b: String c: String @auth d: String @auth(scope: "admin") }'),
    )
    expect(result.counts).toEqual({ public: 1, uncovered: 1, authenticated: 1, scoped: 1 })
    expect(result.percentage).toBe(75)
  })

  it('rounds the percentage down, so that 100 is all of them', () => {
    const fields = Array.from({ length: 10_001 }, (_, at) => `f${at}: Int @public`).join(' ')
    expect(coverage(allow, build(`type Query { ${fields} g: Int }`)).percentage).toBe(99.99)
  })

  it('tells which fields somebody without a token can reach', () => {
    const result = coverage(
      allow,
      build(`type Query { open: Open shut: Shut @auth } type Open { next: Open a: Int } type Shut { b: Int }
             interface I { c: Int } type J implements I { c: Int } type Mutation { i: I }`),
    )
    const open = result.fields.filter(({ isOpen }) => isOpen).map(({ coordinate }) => coordinate)
    expect(open).toEqual(['Query.open', 'Open.next', 'Open.a', 'J.c', 'Mutation.i'])
    expect(fieldOf(result, 'Shut.b')).toMatchObject({ protection: 'uncovered', isOpen: false })
  })
})
