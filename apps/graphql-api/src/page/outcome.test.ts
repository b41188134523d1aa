import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readOutcome } from './outcome.js'

const error = (extensions: unknown) => ({ message: 'No.', extensions })
const users = error({
  code: 'FORBIDDEN',
  element: 'Query.users',
  requiredScopes: [['users:read'], ['admin']],
  missingScopes: ['users:read'],
})
const refusalIn = (...errors: unknown[]) => {
  const outcome = readOutcome(403, 5, { errors })
  return outcome.kind === 'answer' ? outcome.refusal : undefined
}

describe('readOutcome', () => {
  it('reads which element refused, what was asked for and what is missing', () => {
    expect(refusalIn(users)).toEqual({
      reason: 'scope',
      elements: ['Query.users'],
      alternatives: [['users:read'], ['admin']],
      missing: ['users:read'],
    })
  })

  it('names what several errors miss once', () => {
    const notes = error({ code: 'FORBIDDEN', element: 'Query.notes', missingScopes: ['users:read', 'notes:read'] })
    expect(refusalIn(users, notes, users)).toMatchObject({
      elements: ['Query.users', 'Query.notes'],
      missing: ['users:read', 'notes:read'],
    })
  })

  it('tells a missing token and a rule from missing scopes', () => {
    const me = error({ code: 'UNAUTHENTICATED', element: 'Query.me', requiredScopes: [[]], missingScopes: [] })
    expect(refusalIn(me)).toMatchObject({ reason: 'token', alternatives: [], missing: [] })
    expect(refusalIn(error({ code: 'UNAUTHENTICATED', challenge: 'Bearer' }))).toMatchObject({ reason: 'token' })
    expect(refusalIn(error({ code: 'FORBIDDEN', element: 'Mutation.deleteNote' }))).toMatchObject({ reason: 'rule' })
  })

  it('leaves other errors to the answer', () => {
    expect(refusalIn(error({ code: 'BAD_USER_INPUT', element: 'Query.users' }), { message: 'Syntax' })).toBeUndefined()
  })

  it('reads anything that an API may answer', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (body, extensions) => {
        expect(readOutcome(200, 1, body)).toMatchObject({ kind: 'answer', status: 200, milliseconds: 1 })
        expect(readOutcome(200, 1, { errors: [error(extensions), extensions] }).kind).toBe('answer')
      }),
    )
  })
})
