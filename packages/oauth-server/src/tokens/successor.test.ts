import { describe, expect, it } from 'vitest'
import { deriveSecrets } from '../crypto/secrets.js'
import { createDerivation, createRefreshToken, deriveSuccessor } from './successor.js'

const [A, B] = ['first secret, long enough: 0123456789', 'second secret, long enough: 0123456789']

describe('deriveSuccessor', () => {
  it('RF-13 gives two nodes with the same secret the same token', async () => {
    const [one, two] = [await deriveSecrets([A]), await deriveSecrets([A])]
    const { token } = await createRefreshToken()
    const derivation = createDerivation(one)
    expect(await deriveSuccessor(one, token, derivation)).toBe(await deriveSuccessor(two, token, derivation))
  })

  it('RF-13 goes on giving it after a new secret came first, and no longer without the old one', async () => {
    const old = await deriveSecrets([A])
    const { token } = await createRefreshToken()
    const derivation = createDerivation(old)
    const successor = await deriveSuccessor(old, token, derivation)
    expect(successor).toMatch(/^[\w-]{43}$/)
    expect(await deriveSuccessor(await deriveSecrets([B, A]), token, derivation)).toBe(successor)
    expect(await deriveSuccessor(await deriveSecrets([B]), token, derivation)).toBeUndefined()
  })

  it('RF-13 depends on the parent, the salt and the key', async () => {
    const secrets = await deriveSecrets([A])
    const [parent, other] = [(await createRefreshToken()).token, (await createRefreshToken()).token]
    const [one, two] = [createDerivation(secrets), createDerivation(secrets)]
    const all = await Promise.all([
      deriveSuccessor(secrets, parent, one),
      deriveSuccessor(secrets, parent, two),
      deriveSuccessor(secrets, other, one),
    ])
    expect(new Set(all).size).toBe(3)
    expect(await deriveSuccessor(secrets, 'c2hvcnQ', one)).toBeUndefined()
  })
})
