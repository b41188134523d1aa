import { describe, expect, it } from 'vitest'
import { codeOf, grantOf, T0, tokenOf } from '../storage/contract/records.js'
import { refuseCode, refuseRefresh } from './refusal.js'

const rotation = {
  at: T0,
  jkt: undefined,
  retryUntil: T0 + 30,
  successorHash: 's',
  successorUsed: false,
  derivation: { salt: 's', kid: 'k' },
}
const token = (changes = {}, grant = {}) => ({ token: tokenOf('rt', 'g', changes), grant: grantOf('g', grant) })

describe('refuseRefresh', () => {
  it.each([
    ['a living token', token(), 'web', T0, undefined],
    ['a token that nobody knows', undefined, 'web', T0, 'unknown'],
    ['RF-05 the token of another client', token(), 'other', T0, 'wrong_client'],
    ['RF-05 the reused token of another client', token({ rotation }), 'other', T0 + 99, 'wrong_client'],
    ['the token of a revoked grant', token({}, { revokedAt: T0 }), 'web', T0, 'revoked'],
    ['an expired token', token(), 'web', T0 + 1000, 'expired'],
    ['RF-04 a rotated token inside its window', token({ rotation }), 'web', T0 + 29, 'retry'],
    ['RF-04 a rotated token at the end of its window', token({ rotation }), 'web', T0 + 30, 'reused'],
    [
      'RF-04 a rotated token whose successor was used',
      token({ rotation: { ...rotation, successorUsed: true } }),
      'web',
      T0 + 1,
      'reused',
    ],
    [
      'RF-13 a rotated token whose derivation is gone',
      token({ rotation: { ...rotation, derivation: undefined } }),
      'web',
      T0 + 1,
      'reused',
    ],
    ['RF-12 a rotated token long after its own lifetime', token({ rotation }), 'web', T0 + 99_999, 'reused'],
    [
      'RF-07 a token of a grant that was refreshed for long enough',
      token({}, { refreshUntil: T0 + 9 }),
      'web',
      T0 + 9,
      'expired',
    ],
    ['DP-15 a bound token without its key', token({ jkt: 'key' }), 'web', T0, 'wrong_key'],
    ['DP-15 the reused bound token without its key', token({ jkt: 'key', rotation }), 'web', T0 + 99, 'wrong_key'],
    ['RF-04 a retry with another key', token({ rotation: { ...rotation, jkt: 'key' } }), 'web', T0 + 1, 'wrong_key'],
  ])('%s', (_name, found, clientId, now, refusal) => {
    expect(refuseRefresh(found, { clientId, jkt: undefined }, now)).toBe(refusal)
  })
})

describe('refuseCode', () => {
  const found = (code = {}, grant = {}) => ({ code: codeOf('g', code), grant: grantOf('g', grant) })
  const right = { redirectUri: 'https://app.example/cb', codeChallenge: 'challenge', jkt: undefined }
  it.each([
    ['a living code', found(), 'web', right, T0, undefined],
    ['TK-07 without a redirect URI', found(), 'web', { ...right, redirectUri: undefined }, T0, undefined],
    [
      'TK-07 another redirect URI',
      found(),
      'web',
      { ...right, redirectUri: 'https://app.example/' },
      T0,
      'redirect_uri',
    ],
    ['TK-06 another client', found({ redeemedAt: T0 }), 'other', right, T0, 'wrong_client'],
    ['TK-08 another verifier', found({ redeemedAt: T0 }), 'web', { ...right, codeChallenge: 'other' }, T0, 'pkce'],
    ['TK-10 no verifier', found(), 'web', { ...right, codeChallenge: undefined }, T0, 'pkce'],
    ['DP-18 another key', found({ jkt: 'key' }), 'web', { ...right, jkt: 'other' }, T0, 'wrong_key'],
    ['DP-18 no key, as a replay', found({ jkt: 'key', redeemedAt: T0 }), 'web', right, T0, 'wrong_key'],
    ['DP-18 its key', found({ jkt: 'key' }), 'web', { ...right, jkt: 'key' }, T0, undefined],
    ['OP-10 a code of the future, after the clock went back', found(), 'web', right, T0 - 3600, 'expired'],
    ['OP-10 a code from a clock that is a little ahead', found(), 'web', right, T0 - 60, undefined],
    ['TK-03 a replay, however late', found({ redeemedAt: T0 }), 'web', right, T0 + 9999, 'replayed'],
    ['AZ-21 an expired code', found(), 'web', right, T0 + 60, 'expired'],
    ['a revoked grant', found({}, { revokedAt: T0 }), 'web', right, T0, 'revoked'],
    ['a code that nobody knows', undefined, 'web', right, T0, 'unknown'],
  ])('%s', (_name, code, clientId, presented, now, refusal) => {
    expect(refuseCode(code, clientId, presented, now)).toBe(refusal)
  })
})
