import { describe, expect, it } from 'vitest'
import { decideConsent, demandLogin, refuseLogin } from './decide.js'

const now = 1_000_000
const demand = { prompt: [], maxAge: undefined, acrValues: [], hintDigest: undefined }
const session = { authTime: now - 100, acr: 'bronze', loginAttempt: 'before', subjectDigest: 'alice' }
const facts = { acrValues: ['bronze', 'gold'], now }
const attempt = { attempt: 'now', switching: false }

describe('demandLogin', () => {
  it.each([
    ['nobody is signed in', undefined, demand, undefined, 'no_session'],
    ['somebody is signed in', session, demand, undefined, undefined],
    ['prompt=login', session, { ...demand, prompt: ['login' as const] }, undefined, 'prompt'],
    [
      'prompt=login before the login of this interaction',
      session,
      { ...demand, prompt: ['login' as const] },
      attempt,
      'prompt',
    ],
    [
      'prompt=login after it',
      { ...session, loginAttempt: 'now' },
      { ...demand, prompt: ['login' as const] },
      attempt,
      undefined,
    ],
    ['max_age that is not reached', session, { ...demand, maxAge: 101 }, undefined, undefined],
    ['max_age that is reached', session, { ...demand, maxAge: 100 }, undefined, 'max_age'],
    [
      'max_age=0 after the login of this interaction',
      { ...session, loginAttempt: 'now' },
      { ...demand, maxAge: 0 },
      attempt,
      undefined,
    ],
    ['another account is wanted', session, demand, { ...attempt, switching: true }, 'switch_account'],
    [
      'another account has signed in',
      { ...session, loginAttempt: 'now' },
      demand,
      { ...attempt, switching: true },
      undefined,
    ],
    ['the hint names somebody else', session, { ...demand, hintDigest: 'bob' }, undefined, 'other_subject'],
    ['an acr that is there', session, { ...demand, acrValues: ['bronze'] }, undefined, undefined],
    ['an acr that can be reached', session, { ...demand, acrValues: ['gold'] }, undefined, 'acr'],
    ['an acr that nobody can reach', session, { ...demand, acrValues: ['platinum'] }, undefined, undefined],
  ])('%s', (_name, who, what, where, reason) => {
    expect(demandLogin(what, who, where, facts)).toBe(reason)
  })
})

describe('refuseLogin', () => {
  const login = { subject: 'alice', subjectDigest: 'alice' }
  const at = {
    ...facts,
    reason: 'no_session' as const,
    startedAt: now - 10,
    isClient: false,
  }
  it.each([
    ['takes a login of now', login, demand, at, undefined],
    [
      'takes an older login where nothing asks for a new one',
      { ...login, authTime: now - 5000 },
      demand,
      at,
      undefined,
    ],
    [
      'refuses an old login for prompt=login',
      { ...login, authTime: now - 11 },
      { ...demand, prompt: ['login' as const] },
      at,
      'stale_login',
    ],
    [
      'takes one of this interaction for prompt=login',
      { ...login, authTime: now - 10 },
      { ...demand, prompt: ['login' as const] },
      at,
      undefined,
    ],
    [
      'refuses an old login when the account is switched',
      { ...login, authTime: now - 11 },
      demand,
      { ...at, reason: 'switch_account' as const },
      'stale_login',
    ],
    ['takes a new login for max_age=0', login, { ...demand, maxAge: 0 }, at, undefined],
    [
      'refuses somebody else than the hint',
      { ...login, subjectDigest: 'bob' },
      { ...demand, hintDigest: 'alice' },
      at,
      'other_subject',
    ],
    [
      'takes somebody else than the hint who was chosen on the page',
      { ...login, subjectDigest: 'bob' },
      { ...demand, hintDigest: 'alice' },
      { ...at, reason: 'switch_account' as const },
      undefined,
    ],
    [
      'refuses a subject that is a client',
      { ...login, subject: 'web' },
      demand,
      { ...at, isClient: true },
      'subject_is_client',
    ],
  ])('AZ-40 %s', (_name, result, what, known, refusal) => {
    expect(refuseLogin(result, what, known)).toBe(refusal)
  })
})

describe('decideConsent', () => {
  const known = {
    prompt: [],
    isAssured: true,
    allowed: ['a'],
    refused: [],
    remembered: new Set(['a']),
    justSignedIn: false,
  }
  it.each([
    ['issues what was allowed before', known, 'issue'],
    ['asks for what is new', { ...known, allowed: ['a', 'b'] }, 'ask'],
    ['shows what can not be granted', { ...known, refused: ['b'] }, 'ask'],
    ['asks when prompt says so', { ...known, prompt: ['consent' as const] }, 'ask'],
    ['lets the account be chosen', { ...known, prompt: ['select_account' as const] }, 'ask'],
    [
      'does not ask for the account that was just chosen',
      { ...known, prompt: ['select_account' as const], justSignedIn: true },
      'issue',
    ],
    ['AZ-25 asks for native clients', { ...known, isAssured: false }, 'ask'],
    ['is silent when told to', { ...known, prompt: ['none' as const] }, 'issue'],
    ['is silent about what can not be granted', { ...known, prompt: ['none' as const], refused: ['b'] }, 'issue'],
    [
      'AZ-29 says that it would have to ask',
      { ...known, prompt: ['none' as const], allowed: ['b'] },
      'consent_required',
    ],
    ['AZ-25 says so for native clients', { ...known, prompt: ['none' as const], isAssured: false }, 'consent_required'],
    ['denies silently when nothing is left', { ...known, prompt: ['none' as const], allowed: [] }, 'access_denied'],
    ['shows that nothing is left', { ...known, allowed: [], refused: ['a'] }, 'ask'],
  ])('%s', (_name, question, decision) => {
    expect(decideConsent(question)).toBe(decision)
  })
})
