import { describe, expect, it } from 'vitest'
import { memoryStore } from '../manager.js'
import { storeTransactions } from './store-transactions.js'

describe('storeTransactions', () => {
  it('CL-02 gives a login to exactly one of ten takers, and to none afterwards', async () => {
    const store = memoryStore()
    const transaction = { verifier: 'v', redirectUri: 'r', scope: ['openid'], startedAt: 1, expiresAt: 2 }
    await storeTransactions(store).put('key', transaction)
    const taken = await Promise.all(Array.from({ length: 10 }, async () => storeTransactions(store).take('key')))
    expect(taken.filter((found) => found !== undefined)).toEqual([transaction])
    expect(await storeTransactions(store).take('key')).toBeUndefined()
  })
})
