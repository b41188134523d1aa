import { buildSchema, lexicographicSortSchema, printSchema } from 'graphql'
import { describe, expect, it } from 'vitest'
import { createNotesAuth, notesAuth, notesSchema } from '../testing/schema.js'
import { compareLock, lock } from './lock.js'

const allow = createNotesAuth('allow')
const codeOf = (run: () => unknown): unknown => {
  try {
    return run()
  } catch (error) {
    return [(error as { code: string }).code, String(error)]
  }
}

describe('lock', () => {
  it('writes down each element that carries a directive, sorted', () => {
    const { version, elements } = lock(notesAuth, notesSchema())
    expect(version).toBe(1)
    expect(elements).toMatchObject({
      'CreateNoteInput.pinned': '@auth(scope: ["admin"])',
      Greeting: '@public',
      'Mutation.deleteNote': '@auth(scope: ["notes:write"], policy: ["ownsNote"])',
      'Query.me': '@auth',
    })
    expect(Object.keys(elements)).toEqual(Object.keys(elements).toSorted())
    expect(elements).not.toHaveProperty('AuditEntry.at')
  })

  it('does not depend on the order of repeated directives', () => {
    const [one, other] = ['@auth(scope: "admin") @auth(scope: "email")', '@auth(scope: "email") @auth(scope: "admin")']
    const write = (directives: string) => lock(notesAuth, notesSchema(['@auth(scope: "email")', directives]))
    expect(write(one)).toEqual(write(other))
  })
})

describe('compareLock', () => {
  it('finds nothing in the schema that was locked, and what changed in another', () => {
    const written = JSON.parse(JSON.stringify(lock(notesAuth, notesSchema())))
    expect(compareLock(notesAuth, notesSchema(), written)).toEqual([])
    const changed = notesSchema(['@auth(scope: "email")', ''], ['type AuditEntry {', 'type AuditEntry @auth {'])
    expect(compareLock(notesAuth, changed, written)).toMatchObject([
      {
        coordinate: 'User.email',
        message: expect.stringMatching(/says @auth\(scope: \["email"\]\), and the schema says nothing/),
      },
      { coordinate: 'AuditEntry', message: expect.stringMatching(/the lock does not know it/) },
    ])
  })
})

describe('apply with expect', () => {
  const expected = lock(notesAuth, notesSchema())

  it('accepts the schema that was locked, sorted or extended', () => {
    expect(notesAuth.apply(lexicographicSortSchema(notesSchema()), { expect: expected })).toBeDefined()
    expect(
      notesAuth.apply(notesSchema(['type AuditEntry {', 'type AuditEntry @auth {']), { expect: expected }),
    ).toBeDefined()
  })

  it('GQ-10 refuses a schema that lost directives by printing, and names each element', () => {
    const printed = buildSchema(printSchema(notesSchema()))
    const [code, message] = codeOf(() => allow.apply(printed, { expect: expected })) as [string, string]
    expect(code).toBe('invalid_schema')
    for (const coordinate of Object.keys(expected.elements)) expect(message).toContain(`- ${coordinate}: `)
  })

  it('refuses a schema with fewer elements than expected', () => {
    const count = Object.keys(expected.elements).length
    expect(notesAuth.apply(notesSchema(), { expect: count })).toBeDefined()
    expect(codeOf(() => notesAuth.apply(notesSchema(), { expect: count + 1 }))).toEqual([
      'invalid_schema',
      expect.stringMatching(/15 are expected|expected/),
    ])
  })

  it('refuses a schema that it has applied before, too', () => {
    const schema = allow.apply(buildSchema(printSchema(notesSchema())))
    expect(codeOf(() => allow.apply(schema, { expect: expected }))).toEqual(['invalid_schema', expect.anything()])
  })

  it.each([null, {}, { version: 2, elements: {} }, { version: 1, elements: { a: 1 } }])(
    'complains about %j, which is no lock',
    (value) => {
      expect(codeOf(() => notesAuth.apply(notesSchema(), { expect: value as never }))).toEqual([
        'invalid_options',
        expect.anything(),
      ])
    },
  )
})
