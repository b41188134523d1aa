import { createHook } from 'node:async_hooks'
import { describe, expect, it } from 'vitest'
import { demoAccounts } from '../settings/demo-accounts.js'
import { demoDomain } from '../testing/domain.js'
import { hashPassword, isPasswordHash, verifyPassword } from './password.js'

describe('signIn', () => {
  it('knows the demo users by their passwords', async () => {
    const { users } = await demoDomain()
    expect(await users.signIn({ username: 'reader', password: 'reader-demo' })).toMatchObject({ id: 'user_reader' })
    expect(await users.signIn({ username: 'admin', password: 'admin-demo' })).toMatchObject({ id: 'user_admin' })
  })

  it.each([
    ['a wrong password', 'reader', 'admin-demo'],
    ['an unknown name', 'nobody', 'reader-demo'],
    ['no password', 'reader', ''],
    ['a very long password', 'reader', 'x'.repeat(100_000)],
    ['the name of a service', 'demo-service', ''],
  ])('refuses %s', async (_, username, password) => {
    const { users } = await demoDomain()
    await users.service('demo-service')
    expect(await users.signIn({ username, password })).toBeUndefined()
  })

  it('ATT-052 takes a name in any case and width for the same one', async () => {
    const { users } = await demoDomain()
    expect(await users.signIn({ username: ' ＲEADER ', password: 'reader-demo' })).toMatchObject({ id: 'user_reader' })
  })

  it.each([
    ['reader', 'wrong'],
    ['nobody', 'wrong'],
    ['demo-service', ''],
    ['nobody', 'x'.repeat(100_000)],
  ])('ATT-051 does the same work for %s, whether there is a password to check or not', async (username, password) => {
    const { users } = await demoDomain()
    await users.service('demo-service')
    expect(await countHashes(() => users.signIn({ username, password }))).toBe(1)
  })
})

/** How often scrypt is asked. All take equally long: there is one cost. */
async function countHashes(run: () => Promise<unknown>): Promise<number> {
  let count = 0
  const hook = createHook({
    init: (_id, type) => {
      if (type === 'SCRYPTREQUEST') count += 1
    },
  }).enable()
  await run()
  hook.disable()
  return count
}

describe('declare', () => {
  it('takes the right to sign in and to grant from who is no longer listed, and keeps their notes', async () => {
    const { users, notes } = await demoDomain()
    await users.declare(demoAccounts.filter(({ username }) => username !== 'reader'))
    expect(await users.signIn({ username: 'reader', password: 'reader-demo' })).toBeUndefined()
    expect(await users.grantable('user_reader')).toEqual([])
    expect(await users.list()).toHaveLength(1)
    expect(await users.find('user_reader')).toMatchObject({ name: 'Rea Reader' })
    expect(await notes.list(100)).toHaveLength(20)
  })
})

describe('service', () => {
  it('makes one user per client, who is no account', async () => {
    const { users } = await demoDomain()
    expect(await users.service('demo-service')).toEqual(await users.service('demo-service'))
    expect((await users.list()).map(({ name }) => name)).toEqual(['Ada Admin', 'Rea Reader'])
    expect(await users.grantable('user_service.demo-service')).toEqual([])
  })
})

describe('hashPassword', () => {
  it('makes a different hash each time, which its password alone fits', async () => {
    const [one, two] = await Promise.all([hashPassword('pässword'), hashPassword('pässword')])
    expect(one).not.toBe(two)
    expect(isPasswordHash(one)).toBe(true)
    expect(one).not.toContain('ssword')
    expect(await verifyPassword('pa\u0308ssword', one)).toBe(true)
    expect(await verifyPassword('password', one)).toBe(false)
  })

  it('leaves the main thread free', async () => {
    let ticks = 0
    const timer = setInterval(() => (ticks += 1), 5)
    await hashPassword('x')
    clearInterval(timer)
    expect(ticks).toBeGreaterThan(3)
  })

  it.each(['', 'reader-demo', '$scrypt$ln=1,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAA'])(
    'isPasswordHash refuses %j',
    (text) => {
      expect(isPasswordHash(text)).toBe(false)
    },
  )
})
