import { describe, expect, it } from 'vitest'
import { parseConfiguration } from './configuration.js'

const whole = {
  issuer: 'http://localhost:4000',
  clientId: 'demo-web',
  resource: 'http://a/graphql',
  graphql: '/graphql',
  demoUsers: [{ username: 'reader', password: 'reader-demo' }],
}

describe('parseConfiguration', () => {
  it('takes what the page needs', () => {
    expect(parseConfiguration({ ...whole, more: 1 })).toEqual(whole)
  })

  it('knows no demo users when there are none, or something else stands there', () => {
    for (const demoUsers of [undefined, {}, [], ['reader'], [{ username: 'reader' }]])
      expect(parseConfiguration({ ...whole, demoUsers }).demoUsers).toEqual([])
  })

  it.each([undefined, null, 'x', [], { ...whole, issuer: 1 }])('names what is missing in %j', (value) => {
    expect(() => parseConfiguration(value)).toThrow('config.json has no issuer')
  })
})
