import { describe, expect, it } from 'vitest'
import { finishAuthorization } from './authorization/finish.js'
import { startAuthorization } from './authorization/start.js'
import { redirectInteraction, webStorageTransactions } from './browser.js'
import { setup } from './testing/setup.js'
import { memoryStorage } from './testing/storage.js'

describe('webStorageTransactions', () => {
  it('CL-12 lets a login survive a reload, once, and keeps no token', async () => {
    const storage = memoryStorage()
    const before = setup({ transactions: webStorageTransactions(storage) })
    const { url } = await startAuthorization(before.client, { scope: ['openid', 'notes:read'], returnTo: '/notes' })
    const back = await before.server.authorize(url)
    const after = setup({ transactions: webStorageTransactions(storage), fetch: before.server.fetch })
    const { tokens, returnTo } = await finishAuthorization(after.client, back)
    expect(returnTo).toBe('/notes')
    await expect(finishAuthorization(after.client, back)).rejects.toMatchObject({ code: 'unknown_transaction' })
    // CL-12: neither the login nor its tokens stay behind.
    expect(storage.length).toBe(0)
    expect(tokens.accessToken).toBeTruthy()
  })

  it('removes its own logins that nobody came back from, and nothing else', async () => {
    const storage = memoryStorage()
    storage.setItem('other', 'kept')
    storage.setItem('scopewise:broken', '{')
    const { client, clock } = setup({ transactions: webStorageTransactions(storage) })
    await startAuthorization(client, { scope: [] })
    expect(storage.length).toBe(2)
    clock.advance(1800)
    await startAuthorization(client, { scope: [] })
    expect(storage.length).toBe(2)
    expect(storage.getItem('other')).toBe('kept')
  })

  it.each([
    '',
    '{',
    '[]',
    'null',
    '{"verifier":1}',
    '{"verifier":"v","redirectUri":"r","scope":"s","startedAt":0,"expiresAt":9e99}',
  ])('takes %j as nothing', async (text) => {
    const storage = memoryStorage()
    storage.setItem('scopewise:key', text)
    expect(await webStorageTransactions(storage).take('key')).toBeUndefined()
  })
})

describe('redirectInteraction', () => {
  const page = () => {
    const went: string[] = []
    let leave: () => void = () => undefined
    const left = new Promise<void>((resolve) => {
      leave = resolve
    })
    return {
      went,
      left,
      location: {
        pathname: '/notes',
        search: '?page=2',
        hash: '#top',
        assign(url: string | URL) {
          went.push(String(url))
          leave()
        },
      },
    }
  }

  it('leaves the page for the authorization server, and comes back to where it was', async () => {
    const { client, server } = setup()
    const { went, left, location } = page()
    let isOver = false
    void redirectInteraction(client, { location })({ scope: ['notes:read'] }).finally(() => {
      isOver = true
    })
    await left
    expect(went).toHaveLength(1)
    await new Promise((resolve) => setTimeout(resolve))
    expect(isOver).toBe(false)
    const { returnTo } = await finishAuthorization(client, await server.authorize(new URL(went[0] ?? '')))
    expect(returnTo).toBe('/notes?page=2#top')
  })

  it('fails without leaving when the server can not be reached', async () => {
    const { client, server } = setup()
    const { went, location } = page()
    server.override = () => Promise.reject(new TypeError('offline'))
    await expect(redirectInteraction(client, { location })({ scope: [] })).rejects.toMatchObject({
      code: 'network_error',
    })
    expect(went).toEqual([])
  })
})
