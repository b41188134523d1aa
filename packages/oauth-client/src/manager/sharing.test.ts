import { describe, expect, it } from 'vitest'
import {
  createTokenManager,
  type Lock,
  memoryLock,
  memoryStore,
  type TokenChange,
  type TokenStore,
} from '../manager.js'
import { json } from '../testing/server.js'
import { setup } from '../testing/setup.js'

/** Five managers that share a store, as five processes do; the tokens in it have expired. */
async function family(options: { lock?: Lock; store?: TokenStore; retryWindow?: number; size?: number } = {}) {
  const all = setup({ timeout: 20 })
  const { store = memoryStore(), lock, retryWindow } = options
  const managers = Array.from({ length: options.size ?? 5 }, () =>
    createTokenManager(all.client, { key: 'alice', store, lock, retryWindow, random: () => 0 }),
  )
  const [first = expect.fail('no manager')] = managers
  const tokens = await all.login(['openid', 'notes:read', 'notes:write'])
  await first.adopt(tokens)
  all.clock.advance(600)
  all.server.forms.length = 0
  return { ...all, managers, first, store, tokens }
}

/** The same answer to a used refresh token again, as a server with a retry window gives; the first answer does not arrive. */
function losing(server: ReturnType<typeof setup>['server'], losses: number, failure: Error) {
  const answers = new Map<string, Promise<Response>>()
  let lost = 0
  const honest = server.fetch
  let isInside = false
  server.override = (request, form) => {
    const token = form?.get('refresh_token')
    if (!token || isInside) return undefined
    const body = form?.toString() ?? ''
    if (!answers.has(token)) {
      isInside = true
      answers.set(
        token,
        honest(new Request(request.url, { method: 'POST', body, headers: request.headers })).finally(
          () => (isInside = false),
        ),
      )
    }
    const answer = answers.get(token) ?? expect.fail('no answer')
    if (lost++ < losses) return answer.then(() => Promise.reject(failure))
    // Not a clone: Deno's loses the headers that were given as a plain object.
    return answer.then(async (response) => json(await response.clone().json(), response.status))
  }
  const sent = () => lost
  return { sent }
}

const reset = () =>
  Object.assign(new TypeError('fetch failed'), { cause: Object.assign(new Error('reset'), { code: 'ECONNRESET' }) })

describe('managers that share a store', () => {
  it.each([
    ['without a lock', undefined],
    ['with a lock', memoryLock()],
    ['with a lock that lets everybody in', (<T>(_: string, work: () => Promise<T>) => work()) satisfies Lock],
  ])('CL-06 ATT-082 make one token request for all, %s', async (_, lock) => {
    const { managers, server, store } = await family(lock ? { lock } : {})
    const results = await Promise.all(managers.flatMap((manager) => [manager.get(), manager.get()]))
    expect(new Set(results.map(({ accessToken }) => accessToken)).size).toBe(1)
    expect(server.forms).toHaveLength(1)
    expect(server.reuses()).toBe(0)
    expect(store).toBeDefined()
  })

  it('wait for the answer of one whose lock ran out while it was asking', async () => {
    const { managers, server } = await family({ size: 2, lock: (_, work) => work() })
    let arrive: () => void = () => undefined
    const held = new Promise<void>((resolve) => {
      arrive = resolve
    })
    // `as`: undefined lets the server answer itself, which an async function can only say so.
    const asked = new Promise<void>((resolve) => {
      server.override = async () => {
        resolve()
        return (await held) as unknown as Response
      }
    })
    const first = managers[0]?.get()
    await asked
    const second = managers[1]?.get()
    await new Promise((resolve) => setTimeout(resolve, 80))
    arrive()
    expect((await second)?.accessToken).toBe((await first)?.accessToken)
    expect(server.forms).toHaveLength(1)
  })

  it('see the login, the narrowed tokens and the sign-out of each other', async () => {
    const { managers, login, clock, server } = await family({ size: 2 })
    const [a = expect.fail('no manager'), b = expect.fail('no manager')] = managers
    await a.get({ scope: ['notes:read'] })
    server.forms.length = 0
    expect((await b.get({ scope: ['notes:read'] })).scope).toEqual(['notes:read'])
    expect(server.forms).toHaveLength(0)
    clock.advance(600)
    const next = await login()
    await a.adopt(next)
    expect((await b.get()).accessToken).toBe(next.accessToken)
    await a.clear()
    clock.advance(600)
    await expect(b.get()).rejects.toMatchObject({ code: 'login_required' })
  })

  it('CL-06 adopt the tokens of a sibling when their own refresh token is refused', async () => {
    const { managers, server, store, tokens } = await family({ size: 1 })
    const newer = { ...tokens, accessToken: 'by a sibling', expiresAt: undefined, obtainedAt: tokens.obtainedAt + 1 }
    const sibling = createTokenManager(managers[0]?.client ?? expect.fail(), { key: 'alice', store })
    server.override = async (_, form) => {
      if (form?.get('grant_type') === 'refresh_token') await sibling.adopt(newer)
      return json({ error: 'invalid_grant' }, 400)
    }
    expect((await managers[0]?.get())?.accessToken).toBe('by a sibling')
    expect(await store.read(JSON.stringify(['https://auth.example', 'web', 'alice']))).toBeDefined()
  })

  it('CL-08 CL-17 ATT-073 never see the tokens of another issuer, client or subject', async () => {
    const { first, store } = await family({ size: 1 })
    const { client } = first
    for (const other of [
      createTokenManager({ ...client, issuer: 'https://other.example' }, { key: 'alice', store }),
      createTokenManager({ ...client, clientId: 'other' }, { key: 'alice', store }),
      createTokenManager(client, { key: 'bob', store }),
    ])
      await expect(other.get()).rejects.toMatchObject({ code: 'login_required' })
  })

  it('hear of changes that the others made', async () => {
    const store = memoryStore()
    const listeners = new Set<() => void>()
    const shared: TokenStore = {
      ...store,
      async swap(...parameters) {
        const won = await store.swap(...parameters)
        if (won) for (const listener of listeners) listener()
        return won
      },
      subscribe(_, listener) {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
    }
    const { managers, login, clock } = await family({ size: 2, store: shared })
    const changes: TokenChange[] = []
    const heard = new Promise<void>((resolve) => {
      managers[1]?.subscribe((change) => {
        changes.push(change)
        if (change.type === 'changed') resolve()
      })
    })
    clock.advance(1)
    const next = await login()
    await managers[0]?.adopt(next)
    await heard
    expect(changes).toContainEqual({ type: 'changed', tokens: next })
    managers[1]?.close()
    expect(listeners.size).toBe(1)
  })
})

describe('a lost answer', () => {
  it('CL-07 is asked for again, once, inside the window of the server', async () => {
    const { managers, server } = await family({ retryWindow: 30 })
    const { sent } = losing(server, 1, reset())
    const results = await Promise.all(managers.map((manager) => manager.get()))
    expect(new Set(results.map(({ accessToken }) => accessToken)).size).toBe(1)
    expect(sent()).toBe(2)
    expect(server.reuses()).toBe(0)
  })

  it('CL-07 is not asked for a third time', async () => {
    const { first, server } = await family({ retryWindow: 30 })
    const { sent } = losing(server, 9, reset())
    await expect(first.get()).rejects.toMatchObject({ code: 'network_error' })
    await expect(first.get()).rejects.toMatchObject({ code: 'grant_lost', isRetryable: false })
    expect(sent()).toBe(2)
  })

  it('CL-07 ends in one clear grant_lost where no window is known, and nothing is deleted', async () => {
    const { managers, first, server, tokens } = await family()
    const { sent } = losing(server, 1, reset())
    await expect(first.get()).rejects.toMatchObject({ code: 'network_error', isRetryable: true })
    for (const manager of managers) await expect(manager.get()).rejects.toMatchObject({ code: 'grant_lost' })
    expect(sent()).toBe(1)
    expect(first.tokens).toEqual(tokens)
    // At the caller's own risk:
    expect((await first.get({ unsafeResend: true })).accessToken).not.toBe(tokens.accessToken)
  })

  it('CL-07 is too late after the window', async () => {
    const { first, server, clock } = await family({ retryWindow: 30 })
    let isFirst = true
    server.override = () => {
      if (isFirst) clock.advance(31)
      isFirst = false
      return Promise.reject(reset())
    }
    await expect(first.get()).rejects.toMatchObject({ code: 'network_error' })
    await expect(first.get()).rejects.toMatchObject({ code: 'grant_lost' })
    expect(server.forms).toHaveLength(1)
  })

  it('lets tokens that still live serve on', async () => {
    const { first, server, login, clock } = await family({ size: 1 })
    const tokens = await login(['openid', 'offline_access', 'notes:read'])
    await first.adopt(tokens)
    clock.advance(575)
    server.override = () => Promise.reject(reset())
    expect(await first.get()).toEqual(tokens)
    clock.advance(11)
    expect(await first.get()).toEqual(tokens)
  })

  it.each(['ECONNREFUSED', 'ENOTFOUND', 'UND_ERR_CONNECT_TIMEOUT'])(
    'is none when the request was never sent: %s',
    async (code) => {
      const { first, server, tokens } = await family()
      const cause = Object.assign(new Error('no'), { code })
      server.override = () => Promise.reject(new TypeError('fetch failed', { cause }))
      await expect(first.get()).rejects.toMatchObject({ code: 'network_error' })
      server.override = () => undefined
      expect((await first.get()).accessToken).not.toBe(tokens.accessToken)
    },
  )

  it('is none when the metadata could not be had', async () => {
    const { first, server, clock, tokens } = await family()
    clock.advance(3600)
    server.override = () => Promise.reject(reset())
    await expect(first.get()).rejects.toMatchObject({ code: 'network_error' })
    expect(server.forms).toHaveLength(0)
    server.override = () => undefined
    expect((await first.get()).accessToken).not.toBe(tokens.accessToken)
  })

  it('CL-07 of one who died while asking is waited for, and then asked for again inside the window', async () => {
    const { store, managers, clock, server } = await family({ retryWindow: 30, size: 1 })
    const key = JSON.stringify(['https://auth.example', 'web', 'alice'])
    const record = (await store.read(key)) ?? expect.fail('nothing kept')
    const pending = { sentAt: clock.now(), until: clock.now() + 1.2, tries: 1 }
    await store.swap(key, record.version, {
      version: 'by the dead',
      value: JSON.stringify({ ...JSON.parse(record.value), pending }),
    })
    const waiting = managers[0]?.get()
    await new Promise((resolve) => setTimeout(resolve, 120))
    expect(server.forms).toHaveLength(0)
    clock.advance(2)
    expect((await waiting)?.accessToken).toBeTruthy()
    expect(server.forms).toHaveLength(1)
  })
})

describe('a store that fails', () => {
  const failing = (store: TokenStore, isDown: () => boolean): TokenStore => ({
    read: async (key) => (isDown() ? Promise.reject(new Error('down')) : store.read(key)),
    swap: async (...parameters) => (isDown() ? Promise.reject(new Error('down')) : store.swap(...parameters)),
  })

  it('after the refresh costs nobody the new tokens, and gets them when it is back', async () => {
    let isDown = false
    const inner = memoryStore()
    const { first, server, clock } = await family({ store: failing(inner, () => isDown), size: 1 })
    const changes: TokenChange[] = []
    first.subscribe((change) => changes.push(change))
    server.override = (request) => {
      isDown ||= request.url.endsWith('/token')
      return undefined
    }
    const results = await Promise.all([first.get(), first.get(), first.get()])
    expect(new Set(results.map(({ accessToken }) => accessToken)).size).toBe(1)
    expect(changes).toMatchObject([{ type: 'unsaved', tokens: results[0], error: { code: 'store_failed' } }])
    expect(server.forms).toHaveLength(1)
    server.override = () => undefined
    isDown = false
    clock.advance(600)
    await first.get()
    expect(server.forms).toHaveLength(2)
    expect(server.reuses()).toBe(0)
  })

  it('before the refresh sends nothing', async () => {
    let isDown = false
    const { first, server } = await family({ store: failing(memoryStore(), () => isDown), size: 1 })
    isDown = true
    await expect(first.get()).rejects.toMatchObject({ code: 'store_failed', isRetryable: true })
    expect(server.forms).toHaveLength(0)
  })

  it('or holds something else, says so', async () => {
    const store = memoryStore()
    const { first } = await family({ size: 1, store })
    const other = createTokenManager(first.client, { key: 'bob', store })
    await store.swap(JSON.stringify(['https://auth.example', 'web', 'bob']), undefined, { version: '1', value: '[]' })
    await expect(other.get()).rejects.toMatchObject({ code: 'store_failed' })
  })
})

describe('supersede', () => {
  it('CL-16 hears of the tokens that a step-up took the place of', async () => {
    const { client, login, clock } = setup()
    const old: unknown[] = []
    const manager = createTokenManager(client, {
      supersede: async (tokens) => {
        old.push(tokens.refreshToken)
        throw new Error('the server is away')
      },
    })
    const first = await login()
    await manager.adopt(first)
    expect(old).toEqual([])
    clock.advance(1)
    await manager.adopt(await login())
    expect(old).toEqual([first.refreshToken])
  })
})
