import { parse } from 'graphql'
import { describe, expect, it } from 'vitest'
import { notesAuth, notesSchema } from '../testing/schema.js'
import { explain } from './explain.js'

const schema = notesSchema()
const why = (subject: string, changed = schema) =>
  explain(notesAuth, changed, subject).reasons.map(({ origin, directive, because }) => [origin, directive, because])

describe('explain', () => {
  it('names each directive that a field is charged, with its origin', () => {
    expect(why('Query.notes')).toEqual([
      ['Query.notes', '@auth(scope: ["notes:read"])', 'written on it'],
      ['Note', '@auth(scope: ["notes:read"])', 'the type it returns'],
    ])
    expect(why('Note.internalNote')).toEqual([
      ['Note', '@auth(scope: ["notes:read"])', 'its type'],
      ['Note.internalNote', '@auth(scope: ["admin"])', 'written on it'],
    ])
    expect(explain(notesAuth, schema, 'Note.internalNote').requiredScopes).toEqual([['notes:read', 'admin']])
  })

  it('explains what comes from interfaces', () => {
    const guarded = notesSchema(
      ['interface Node {', 'interface Node @auth(scope: "admin") {'],
      ['id: ID! }', 'id: ID! @auth(scope: "email") }'],
    )
    expect(why('User.id', guarded)).toEqual([
      ['Node', '@auth(scope: ["admin"])', 'an interface of its type'],
      ['Node.id', '@auth(scope: ["email"])', 'the same field of an interface of its type'],
    ])
    expect(why('Query.me', guarded)).toContainEqual([
      'Node',
      '@auth(scope: ["admin"])',
      'an interface of the type it returns',
    ])
  })

  it('explains the default', () => {
    expect(why('AuditEntry.at')).toEqual([
      ['AuditEntry.at', '@auth', 'nothing is written on it, and the default is deny'],
    ])
    expect(explain(notesAuth, schema, 'Query.health')).toMatchObject({ reasons: [], requiredScopes: [] })
  })

  it('explains types and inputs', () => {
    expect(why('Note')).toEqual([['Note', '@auth(scope: ["notes:read"])', 'written on it']])
    expect(why('CreateNoteInput.pinned')).toEqual([
      ['CreateNoteInput.pinned', '@auth(scope: ["admin"])', 'written on it'],
    ])
    expect(why('Mutation.createNote(input:)')).toEqual([])
  })

  it('complains about an element that is not there', () => {
    expect(() => explain(notesAuth, schema, 'Query.nots')).toThrow(/no element Query\.nots.*schema coordinate/)
  })

  it('explains an operation, with the path where each directive was charged', () => {
    const document = parse('query Page { mine: me { email } notes { internalNote } }')
    const explanation = explain(notesAuth, schema, document)
    expect(explanation).toMatchObject({
      subject: 'Page',
      requiredScopes: [['email', 'notes:read', 'admin']],
      isConditional: false,
    })
    expect(explanation.reasons.map(({ origin, path, because }) => [origin, path?.join('.'), because])).toEqual([
      ['Query.me', 'mine', 'written on it'],
      ['User.email', 'mine.email', 'written on it'],
      ['Query.notes', 'notes', 'written on it'],
      ['Note', 'notes', 'the type it returns'],
      ['Note.internalNote', 'notes.internalNote', 'written on it'],
    ])
  })

  it('explains with variables what they add', () => {
    const document = parse('mutation M($pinned: Boolean) { createNote(input: { title: "", pinned: $pinned }) { id } }')
    expect(explain(notesAuth, schema, document)).toMatchObject({
      isConditional: true,
      requiredScopes: [['notes:write', 'notes:read']],
    })
    const explained = explain(notesAuth, schema, document, { variables: { pinned: true } })
    expect(explained.isConditional).toBe(false)
    expect(explained.reasons.at(-1)).toMatchObject({
      origin: 'CreateNoteInput.pinned',
      because: 'an input that is supplied',
      path: ['createNote'],
    })
  })

  it('complains about an operation that can not be analysed', () => {
    expect(() => explain(notesAuth, schema, parse('{ nothing }'))).toThrow(/no field/)
  })
})
