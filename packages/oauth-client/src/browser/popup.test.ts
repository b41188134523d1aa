import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { popupInteraction, reportPopup } from '../browser.js'
import { REDIRECT_URI } from '../testing/server.js'
import { setup } from '../testing/setup.js'

describe('popupInteraction', () => {
  const { close } = globalThis
  // The window that reports is the one of the tests here: it stays.
  beforeEach(() => void Object.assign(globalThis, { close: () => undefined }))
  afterEach(() => void Object.assign(globalThis, { close }))

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
    const tokens = await popupInteraction(client, { open: () => popup })({ scope: ['openid', 'notes:read'] })
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
    let show: () => void = () => undefined
    const shown = new Promise<void>((resolve) => {
      show = resolve
    })
    const location = {
      set href(_: string) {
        show()
      },
    }
    const signIn = popupInteraction(client, { open: () => ({ ...popup, location }) })
    const first = signIn({ scope: [] })
    first.catch(() => undefined)
    await shown
    signIn({ scope: [] }).catch(() => undefined)
    await expect(first).rejects.toThrow('Another login')
  })

  it('heeds no answer of another login, and reports only answers', async () => {
    const { client, server } = setup()
    const { popup } = windowOf(async (url) => {
      reportPopup(`${REDIRECT_URI}?state=foreign&code=stolen`)
      return server.authorize(url)
    })
    const tokens = await popupInteraction(client, { open: () => popup })({ scope: ['notes:read'] })
    expect(tokens.accessToken).toBeTruthy()
    expect(reportPopup('https://app.example/')).toBe(false)
  })
})
