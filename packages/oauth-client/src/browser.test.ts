import { describe, expect, it, vi } from 'vitest'
import { finishAuthorization } from './authorization/finish.js'
import { startAuthorization } from './authorization/start.js'
import { popupInteraction, redirectInteraction, reportPopup, webStorageTransactions } from './browser.js'
import { REDIRECT_URI } from './testing/server.js'
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
    return {
      went,
      location: {
        pathname: '/notes',
        search: '?page=2',
        hash: '#top',
        assign: (url: string | URL) => void went.push(String(url)),
      },
    }
  }

  it('leaves the page for the authorization server, and comes back to where it was', async () => {
    const { client, server } = setup()
    const { went, location } = page()
    let isOver = false
    void redirectInteraction(client, { location })({ scope: ['notes:read'] }).finally(() => {
      isOver = true
    })
    await vi.waitFor(() => expect(went).toHaveLength(1), { timeout: 15_000 })
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

describe('popupInteraction', () => {
  /** A window that comes back with the answer of the server, by the page at the redirect URI. */
  const windowOf = (answer: (url: URL) => Promise<URL>) => {
    const closed: boolean[] = []
    const popup = {
      location: {
        set href(href: string) {
          void answer(new URL(href)).then((url) => reportPopup(url.href))
        },
      },
      close: () => void closed.push(true),
    }
    return { popup, closed }
  }

  it('gives the tokens of a login in a window of its own, and closes it', async () => {
    const { client, server } = setup()
    const { popup, closed } = windowOf((url) => server.authorize(url))
    vi.stubGlobal('close', () => undefined)
    const tokens = await popupInteraction(client, { open: () => popup })({ scope: ['openid', 'notes:read'] })
    vi.unstubAllGlobals()
    expect(tokens.claims?.sub).toBe('alice')
    expect(closed).toEqual([true])
  })

  it('says so when the window was blocked, when nobody comes back, and when another login was started', async () => {
    const { client } = setup()
    const popup = { location: { href: '' }, close: () => undefined }
    await expect(popupInteraction(client, { open: () => null })({ scope: [] })).rejects.toMatchObject({
      code: 'interaction_failed',
    })
    await expect(popupInteraction(client, { open: () => popup, timeout: 0.01 })({ scope: [] })).rejects.toMatchObject({
      code: 'interaction_failed',
    })
    popup.location.href = ''
    const signIn = popupInteraction(client, { open: () => popup, timeout: 5 })
    const first = signIn({ scope: [] })
    first.catch(() => undefined)
    await vi.waitFor(() => expect(popup.location.href).not.toBe(''), { timeout: 15_000 })
    signIn({ scope: [] }).catch(() => undefined)
    await expect(first).rejects.toThrow('Another login')
  })

  it('heeds no answer of another login, and reports only answers', async () => {
    const { client, server } = setup()
    const { popup } = windowOf(async (url) => {
      reportPopup(`${REDIRECT_URI}?state=foreign&code=stolen`)
      return server.authorize(url)
    })
    vi.stubGlobal('close', () => undefined)
    const tokens = await popupInteraction(client, { open: () => popup })({ scope: ['notes:read'] })
    expect(tokens.accessToken).toBeTruthy()
    expect(reportPopup('https://app.example/')).toBe(false)
    vi.unstubAllGlobals()
  })
})
