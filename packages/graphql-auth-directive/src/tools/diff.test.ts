import fc from 'fast-check'
import { buildSchema } from 'graphql'
import { describe, expect, it } from 'vitest'
import { bareRule } from '../directive/rule.js'
import type { Rule } from '../directive.js'
import { isMet } from '../requirement.js'
import { scopes } from '../testing/notes.js'
import { runs } from '../testing/runs.js'
import { createNotesAuth, notesAuth, notesSchema } from '../testing/schema.js'
import { compareRules } from './compare.js'
import { clausesOf } from './demands.js'
import { diff } from './diff.js'

const change = (...changes: readonly (readonly [string, string])[]) =>
  diff(notesAuth, notesSchema(), notesSchema(...changes))
const kinds = ({ changes }: ReturnType<typeof diff>) =>
  Object.fromEntries(changes.map(({ coordinate, kind }) => [coordinate, kind]))

describe('diff', () => {
  it('finds nothing between equal schemas', () => {
    expect(change()).toMatchObject({ changes: [], summary: 'This change leaves the protection as it is.' })
  })

  it('names fields that became public, as errors and first', () => {
    const result = change(
      ['notes: [Note!]! @auth(scope: "notes:read")', 'notes: [String!]! @public'],
      ['me: User @auth', 'me: String @public'],
      ['type AuditEntry {', 'type AuditEntry @public {'],
      ['health: String! @public', 'health: String! @auth'],
    )
    expect(result.changes.slice(0, 3)).toMatchObject([
      { coordinate: 'Query.me', kind: 'public', severity: 'error', before: '@auth', after: '' },
      {
        coordinate: 'Query.notes',
        kind: 'public',
        severity: 'error',
        before: '@auth(scope: ["notes:read"]) @auth(scope: ["notes:read"])',
      },
      { coordinate: 'AuditEntry.at', kind: 'public', severity: 'error' },
    ])
    expect(result.summary).toBe('This change makes 3 fields public and 1 stronger.')
  })

  it('tells weaker from stronger, also through a type', () => {
    expect(
      kinds(change(['type Note implements Node @auth(scope: "notes:read")', 'type Note implements Node'])),
    ).toEqual({
      'Note.id': 'weaker',
      'Note.title': 'weaker',
      'Note.internalNote': 'weaker',
    })
    expect(kinds(change(['@auth(scope: "email")', '@auth(scope: "email") @auth(scope: "admin")']))).toEqual({
      'User.email': 'stronger',
    })
    expect(kinds(change(['@auth(scope: ["users:read", "admin"])', '@auth(scope: ["email", "admin"])']))).toEqual({
      'Query.users': 'changed',
    })
  })

  it('knows what scopes imply: notes:write carries notes:read', () => {
    expect(
      kinds(change(['noteAdded: Note! @auth(scope: "notes:read")', 'noteAdded: String! @auth(scope: "notes:write")'])),
    ).toEqual({ 'Subscription.noteAdded': 'stronger' })
  })

  it('reports a dropped policy as weaker', () => {
    expect(kinds(change([', policy: "ownsNote"', '']))).toEqual({ 'Mutation.deleteNote': 'weaker' })
  })

  it('reports inputs that lost their directive, and new ones that carry one', () => {
    expect(kinds(change(['pinned: Boolean @auth(scope: "admin")', 'pinned: Boolean']))).toEqual({
      'CreateNoteInput.pinned': 'public',
    })
    expect(kinds(change(['pinned: Boolean', 'extra: Int more: Int @auth pinned: Boolean']))).toEqual({
      'CreateNoteInput.more': 'new',
    })
  })

  it('reports new and removed fields', () => {
    const result = change(['type AuditEntry { at: String! }', 'type AuditEntry { on: String! @public }'])
    expect(result.changes.map(({ message }) => message)).toEqual([
      'AuditEntry.on is new and demands nothing.',
      'AuditEntry.at is gone.',
    ])
    expect(result.summary).toBe('This change adds 1 field and removes 1 field.')
  })

  it('finds that a schema lost all its directives', () => {
    const allow = createNotesAuth('allow')
    const bare = buildSchema('type Query { health: String! me: String }')
    const before = buildSchema(`${allow.typeDefs} type Query { health: String! @public me: String @auth }`)
    expect(kinds(diff(allow, before, bare))).toEqual({ 'Query.me': 'public' })
  })
})

describe('compareRules', () => {
  const values = ['a', 'b', 'c', 'd']
  const clause = fc.array(fc.subarray(values, { minLength: 1 }), { minLength: 1, maxLength: 3 })
  const rules = fc.array(
    clause.map((one): Rule => ({ ...bareRule('Query.a'), clause: one })),
    { minLength: 1, maxLength: 3 },
  )
  const everySet = Array.from({ length: 16 }, (_, bits) => new Set(values.filter((_value, at) => bits & (1 << at))))
  const closure = (granted: Iterable<string>) => new Set(granted)

  it('agrees with trying every token', () => {
    fc.assert(
      fc.property(rules, rules, (before, after) => {
        const passes = (list: readonly Rule[]) => everySet.map((held) => isMet(clausesOf(list), held))
        const [old, now] = [passes(before), passes(after)]
        const gained = now.some((passed, at) => passed && !old[at])
        const lost = now.some((passed, at) => !passed && old[at])
        const expected = gained ? (lost ? 'different' : 'weaker') : lost ? 'stronger' : 'equal'
        expect(compareRules(before, after, closure)).toBe(expected)
      }),
      { numRuns: runs(1000) },
    )
  })

  it('never calls a demand equal or stronger that is weaker, beyond 64 alternatives', () => {
    const wide = Array.from(
      { length: 8 },
      (_, at): Rule => ({
        ...bareRule('Query.a'),
        clause: [[`a${at}`], [`b${at}`]],
      }),
    )
    expect(compareRules(wide, wide, closure)).toBe('equal')
    expect(compareRules(wide, wide.slice(1), closure)).toBe('weaker')
    expect(compareRules(wide.slice(1), wide, closure)).toBe('stronger')
  })

  it('uses the declared implications', () => {
    const rule = (value: string): Rule => ({ ...bareRule('Query.a'), clause: [[value]] })
    expect(compareRules([rule('notes:write')], [rule('notes:read')], scopes.closure)).toBe('weaker')
  })
})
