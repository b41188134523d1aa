import { describe, expect, it } from 'vitest'
import { type Arrival, decideNext } from './arrival.js'
import type { Departure } from './memory.js'

const left = (departure: Partial<Departure> = {}): Departure => ({
  reason: 'step-up',
  run: true,
  had: ['notes:read'],
  asked: ['users:read'],
  wasDeclined: false,
  ...departure,
})
const returned = (...scope: string[]): Arrival => ({ kind: 'returned', scope })
const refused = (error: string): Arrival => ({ kind: 'refused', error })

describe('decideNext', () => {
  it('shows the button to somebody new', () => {
    expect(decideNext({ kind: 'opened', signedIn: undefined }, undefined)).toEqual({
      step: 'show',
      run: false,
      notGranted: [],
    })
  })

  it('signs in again without asking after a reload', () => {
    expect(decideNext({ kind: 'opened', signedIn: ['notes:read'] }, undefined)).toMatchObject({
      step: 'resume',
      scope: ['notes:read'],
      run: false,
    })
  })

  it.each(['login_required', 'consent_required', 'interaction_required', 'access_denied'])(
    'never tries again after %s to a request that asked nobody',
    (error) => {
      expect(decideNext(refused(error), left({ reason: 'resume' }))).toMatchObject({
        step: 'show',
        notice: { kind: 'session-ended' },
      })
    },
  )

  it('runs the operation again and tells what was added', () => {
    expect(decideNext(returned('notes:read', 'users:read'), left())).toEqual({
      step: 'show',
      notice: { kind: 'added', scope: ['users:read'] },
      run: true,
      notGranted: [],
    })
  })

  it('tells what the account could not grant', () => {
    expect(decideNext(returned('notes:read'), left())).toEqual({ step: 'show', run: true, notGranted: ['users:read'] })
  })

  it('runs the operation that waited for a token that was over', () => {
    expect(decideNext(returned('notes:read'), left({ reason: 'resume', asked: [] }))).toEqual({
      step: 'show',
      run: true,
      notGranted: [],
    })
  })

  it('fetches the token that was there before after a no to more, once', () => {
    const next = decideNext(refused('access_denied'), left())
    expect(next).toEqual({ step: 'resume', scope: ['notes:read'], run: false, wasDeclined: true })
    const resumed = left({ reason: 'resume', run: false, had: [], asked: [], wasDeclined: true })
    expect(decideNext(returned('notes:read'), resumed)).toMatchObject({ step: 'show', notice: { kind: 'declined' } })
    expect(decideNext(refused('login_required'), resumed)).toMatchObject({
      step: 'show',
      notice: { kind: 'declined' },
    })
  })

  it('takes a no at the first sign-in as it is', () => {
    expect(decideNext(refused('access_denied'), left({ reason: 'sign-in', had: [] }))).toMatchObject({
      step: 'show',
      notice: { kind: 'declined' },
      run: false,
    })
  })

  it('tells other refusals by their code, and failures by their sentence', () => {
    expect(decideNext(refused('server_error'), left())).toMatchObject({
      notice: { kind: 'failed', message: 'The authorization server refused: server_error.' },
    })
    expect(decideNext({ kind: 'failed', message: 'No answer.' }, left())).toMatchObject({
      notice: { kind: 'failed', message: 'No answer.' },
      run: false,
    })
  })

  it('does not sign in again after signing out', () => {
    const departure = left({ reason: 'sign-out', run: false, had: [], asked: [] })
    expect(decideNext({ kind: 'opened', signedIn: undefined }, departure)).toMatchObject({
      step: 'show',
      notice: { kind: 'signed-out' },
    })
  })
})
