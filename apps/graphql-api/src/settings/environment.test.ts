import { describe, expect, it } from 'vitest'
import { SetupError } from '../errors.js'
import { refuseExposedDemo } from './demo.js'
import { parseEnvironment } from './environment.js'
import { isLoopback, resolveOrigins } from './origins.js'

const refusal = (run: () => unknown): string => {
  try {
    run()
  } catch (error) {
    if (error instanceof SetupError) return error.message
    throw error
  }
  return ''
}

describe('parseEnvironment', () => {
  it('has a default for everything', () => {
    expect(parseEnvironment({})).toMatchObject({
      port: 4000,
      host: undefined,
      issuer: undefined,
      secret: undefined,
      production: false,
    })
    expect(parseEnvironment({}).dataDir).toMatch(/[/\\]\.data$/)
  })

  it('takes an empty variable for an absent one', () => {
    expect(parseEnvironment({ PORT: '', ISSUER: '', SECRET: '' })).toEqual(parseEnvironment({}))
  })

  it.each([
    [{ PORT: 'four' }, /PORT must be a number/],
    [{ PORT: '70000' }, /PORT must be a number/],
    [{ ISSUER: 'localhost:4000' }, /ISSUER must be an http or https URL/],
    [{ ISSUER: 'javascript:alert(1)' }, /ISSUER must be an http or https URL/],
    [{ API_ORIGIN: 'https://notes.example/app' }, /API_ORIGIN must be an origin/],
    [{ SECRET: 'short' }, /SECRET must have 32 characters/],
    [{ PORT: 'x', SECRET: 'short' }, /PORT .*; SECRET /],
  ])('refuses %j with a sentence', (environment, sentence) => {
    const message = refusal(() => parseEnvironment(environment))
    expect(message).toMatch(sentence)
    expect(message).not.toContain('\n')
  })

  it('never repeats the secret', () => {
    expect(refusal(() => parseEnvironment({ SECRET: 'hunter2' }))).not.toContain('hunter2')
  })
})

describe('resolveOrigins', () => {
  it('puts the two on two loopback names of one port', () => {
    expect(resolveOrigins(parseEnvironment({}), 4000)).toEqual({
      issuer: 'http://localhost:4000',
      api: 'http://127.0.0.1:4000',
      resource: 'http://127.0.0.1:4000/graphql',
    })
  })

  it.each([
    [{ ISSUER: 'https://notes.example', API_ORIGIN: 'https://notes.example' }, /must differ/],
    [{ ISSUER: 'https://notes.example/auth', API_ORIGIN: 'https://notes.example' }, /must differ/],
    [{ ISSUER: 'http://auth.example' }, /ISSUER must be https/],
    [{ API_ORIGIN: 'http://notes.example' }, /API_ORIGIN must be https/],
  ])('OP-13 refuses %j', (environment, sentence) => {
    expect(refusal(() => resolveOrigins(parseEnvironment(environment), 4000))).toMatch(sentence)
  })
})

describe('isLoopback', () => {
  it.each(['localhost', 'LOCALHOST', 'auth.localhost', '127.0.0.1', '127.8.9.1', '::1', '[::1]'])(
    'knows %s',
    (host) => {
      expect(isLoopback(host)).toBe(true)
    },
  )
  it.each(['0.0.0.0', '::', '10.0.0.1', 'localhost.example', '127.0.0.1.example', 'example'])(
    'is not fooled by %s',
    (host) => {
      expect(isLoopback(host)).toBe(false)
    },
  )
})

describe('refuseExposedDemo', () => {
  const refuse = (environment: Record<string, string>): string => {
    const settings = parseEnvironment(environment)
    return refusal(() => refuseExposedDemo(settings, resolveOrigins(settings, 4000)))
  }
  const real = { USERS_FILE: 'users.json', CLIENTS_FILE: 'clients.json', SECRET: 's'.repeat(32) }

  it('OP-12 lets the demo run on this machine', () => {
    expect(refuse({})).toBe('')
    expect(refuse({ HOST: '127.0.0.1' })).toBe('')
    expect(refuse({ ISSUER: 'http://auth.localhost:4000' })).toBe('')
  })

  it.each([
    [{ ISSUER: 'https://auth.example' }, 'ISSUER is https://auth.example'],
    [{ API_ORIGIN: 'https://notes.example' }, 'API_ORIGIN is https://notes.example'],
    [{ HOST: '0.0.0.0' }, 'HOST is 0.0.0.0'],
    [{ HOST: '::' }, 'HOST is ::'],
    [{ NODE_ENV: 'production' }, 'NODE_ENV is production'],
  ])('OP-12 refuses it for %j and says what to set', (environment, reason) => {
    const message = refuse(environment)
    expect(message).toContain(reason)
    expect(message).toContain('set USERS_FILE, CLIENTS_FILE and SECRET')
    expect(refuse({ ...environment, ...real })).toBe('')
  })

  it('OP-12 names what is still missing', () => {
    expect(refuse({ NODE_ENV: 'production', USERS_FILE: 'u', CLIENTS_FILE: 'c' })).toContain(': set SECRET (')
    expect(refuse({ NODE_ENV: 'production', SECRET: real.SECRET })).toContain(': set USERS_FILE and CLIENTS_FILE (')
  })
})
