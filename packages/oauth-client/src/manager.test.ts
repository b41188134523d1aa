import { describe, expect, it } from 'vitest'
import { clientCredentials } from './grants/client-credentials.js'
import { createTokenManager, type TokenChange } from './manager.js'
import { json } from './testing/server.js'
import { managerWith, setup } from './testing/setup.js'

/** A manager with a user's tokens, of which `age` seconds have passed. They live for 600. */
async function signedIn(
  age = 0,
  scope: Parameters<ReturnType<typeof setup>['login']>[0] = ['openid', 'notes:read', 'notes:write'],
) {
  const all = setup()
  const tokens = await all.login(scope)
  const manager = await managerWith(all.client, tokens, { random: () => 0 })
  all.clock.advance(age)
  all.server.forms.length = 0
  return { ...all, tokens, manager }
}

/** Holds answers of the token endpoint back until it is told. */
function gate(server: ReturnType<typeof setup>['server']) {
  let open: () => void = () => undefined
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  server.override = async (request) => {
    if (request.method === 'POST') await opened
    // `as`: undefined lets the server answer itself, which an async function can only say so.
    return undefined as unknown as Response
  }
  return () => open()
}

const settled = async () => {
  for (let n = 0; n < 20; n++) await new Promise((resolve) => setTimeout(resolve))
}

describe('get', () => {
  it('gives fresh tokens without a request', async () => {
    const { manager, tokens, server } = await signedIn(539)
    expect(await manager.get()).toEqual(tokens)
    expect(server.forms).toEqual([])
  })

  it.each([5, 100])(
    'CL-06 makes one refresh for %i callers with an expired token, and all of them succeed',
    async (callers) => {
      const { manager, server } = await signedIn(600)
      const results = await Promise.all(Array.from({ length: callers }, () => manager.get()))
      expect(server.forms).toHaveLength(1)
      expect(new Set(results.map(({ accessToken }) => accessToken)).size).toBe(1)
      expect(server.reuses()).toBe(0)
    },
  )

  it('CL-06 makes one refresh also when callers come while it is under way', async () => {
    const { manager, server } = await signedIn(600)
    const open = gate(server)
    const first = manager.get()
    await settled()
    const second = manager.get()
    open()
    expect(await second).toBe(await first)
    expect(server.forms).toHaveLength(1)
  })

  it('renews in the last tenth of the life, the moment drawn by lot', async () => {
    for (const [random, moment] of [
      [0, 570],
      [1, 540],
    ] as const) {
      const { client, clock, server, login } = setup()
      const manager = await managerWith(client, await login(), { random: () => random })
      clock.advance(moment - 1)
      await manager.get()
      expect(server.forms).toHaveLength(1)
      clock.advance(1)
      await manager.get()
      expect(server.forms).toHaveLength(2)
    }
  })

  it('serves on with a token that is still good when renewing early fails, and tries again ten seconds later', async () => {
    const { manager, tokens, server, clock } = await signedIn(575)
    server.override = (request) => (request.method === 'POST' ? json({}, 503) : undefined)
    expect(await manager.get()).toEqual(tokens)
    expect(await manager.get()).toEqual(tokens)
    expect(server.forms).toHaveLength(1)
    clock.advance(10)
    await manager.get()
    expect(server.forms).toHaveLength(2)
    clock.advance(15)
    await expect(manager.get()).rejects.toMatchObject({ code: 'server_unavailable', isRetryable: true })
    server.override = () => undefined
    expect((await manager.get()).accessToken).not.toBe(tokens.accessToken)
  })

  it('gives out a token that is still good to the end when there is no refresh token to renew it with', async () => {
    const { client, clock, server, login } = setup()
    server.tokens = { refresh_token: undefined }
    const tokens = await login()
    const manager = await managerWith(client, tokens, { random: () => 1 })
    clock.advance(599)
    expect(await manager.get()).toEqual(tokens)
    clock.advance(1)
    await expect(manager.get()).rejects.toMatchObject({ code: 'login_required' })
  })

  it('keeps the grant and sends nothing by itself after a lost response', async () => {
    const { manager, tokens, server } = await signedIn(600)
    server.override = () => Promise.reject(new TypeError('connection reset'))
    await expect(manager.get()).rejects.toMatchObject({ code: 'network_error' })
    await settled()
    expect(server.forms).toHaveLength(1)
    expect(manager.tokens).toEqual(tokens)
  })

  it('never renews tokens of unknown life by the clock', async () => {
    const { client, server, clock, login } = setup()
    server.tokens = { expires_in: undefined }
    const manager = await managerWith(client, await login())
    clock.advance(1e7)
    await manager.get()
    expect(server.forms).toHaveLength(1)
  })

  it('does not give out a token again that an API refused', async () => {
    const { manager, tokens, server } = await signedIn()
    const refused = tokens.accessToken
    const results = await Promise.all(Array.from({ length: 5 }, () => manager.get({ refused })))
    expect(results.every(({ accessToken }) => accessToken !== refused)).toBe(true)
    await manager.get({ refused })
    expect(server.forms).toHaveLength(1)
  })

  it('narrows a token to the scope of one call, dedupes by scope and resource, and lets refreshes of a grant follow each other', async () => {
    const { manager, server } = await signedIn()
    const [a, b, c, d] = await Promise.all([
      manager.get({ scope: ['notes:read'] }),
      manager.get({ scope: ['notes:read', 'notes:read'] }),
      manager.get({ scope: ['notes:write'] }),
      manager.get({ scope: ['notes:read'], resource: 'https://other.example' }),
    ])
    expect(a).toBe(b)
    expect([a.scope, c.scope, d.scope]).toEqual([['notes:read'], ['notes:write'], ['notes:read']])
    expect(server.forms).toHaveLength(3)
    expect(server.reuses()).toBe(0)
    expect(await manager.get({ scope: ['notes:read'] })).toEqual(a)
    expect(a).not.toHaveProperty('refreshToken')
  })

  it('keeps the newest refresh token with the whole grant', async () => {
    const { manager, tokens, clock } = await signedIn()
    await manager.get({ scope: ['notes:read'] })
    expect(manager.tokens).toMatchObject({ accessToken: tokens.accessToken, scope: tokens.scope })
    expect(manager.tokens?.refreshToken).not.toBe(tokens.refreshToken)
    clock.advance(600)
    await expect(manager.get()).resolves.toMatchObject({ scope: tokens.scope })
  })

  it('takes a wish for all that was granted as no wish', async () => {
    const { manager, tokens, server } = await signedIn()
    expect(await manager.get({ scope: ['notes:write', 'openid', 'notes:read'] })).toEqual(tokens)
    expect(server.forms).toEqual([])
  })

  it('says what the grant does not hold, by what the scopes imply', async () => {
    const { manager, server } = await signedIn(0, ['notes:write'])
    await expect(manager.get({ scope: ['admin'] })).rejects.toMatchObject({ code: 'insufficient_scope' })
    expect(server.forms).toEqual([])
    expect((await manager.get({ scope: ['notes:read'] })).scope).toEqual(['notes:read'])
  })

  it('asks for a login when there is nothing, or nothing to renew with', async () => {
    const { client, clock, server, login } = setup()
    await expect(createTokenManager(client).get()).rejects.toMatchObject({ code: 'login_required' })
    server.tokens = { refresh_token: undefined }
    const manager = await managerWith(client, await login())
    clock.advance(600)
    await expect(manager.get()).rejects.toMatchObject({ code: 'login_required' })
  })

  it('lets a caller leave without ending the refresh', async () => {
    const { manager, tokens, server } = await signedIn(600)
    const open = gate(server)
    const leaving = new AbortController()
    const left = manager.get({ signal: leaving.signal })
    await settled()
    leaving.abort(new Error('gone'))
    await expect(left).rejects.toThrow('gone')
    open()
    await settled()
    expect(manager.tokens?.refreshToken).not.toBe(tokens.refreshToken)
    expect(server.forms).toHaveLength(1)
    await expect(manager.get({ signal: AbortSignal.abort(new Error('late')) })).rejects.toThrow('late')
  })

  it('leaves no unhandled rejection when all callers have left', async () => {
    const { manager, server } = await signedIn(600)
    server.override = () => json({}, 500)
    const leaving = new AbortController()
    const left = manager.get({ signal: leaving.signal })
    leaving.abort(new Error('gone'))
    await expect(left).rejects.toThrow('gone')
    await settled()
  })
})

describe('a lost grant', () => {
  it('is reported once to the server, clearly, and to all callers', async () => {
    const { manager, server } = await signedIn(600)
    server.override = (request) => (request.method === 'POST' ? json({ error: 'invalid_grant' }, 400) : undefined)
    const changes: string[] = []
    manager.subscribe(({ type }) => changes.push(type))
    const results = await Promise.allSettled(Array.from({ length: 5 }, () => manager.get()))
    for (const result of results)
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'grant_lost', error: 'invalid_grant' } })
    await expect(manager.get()).rejects.toMatchObject({ code: 'grant_lost' })
    expect(server.forms).toHaveLength(1)
    expect(changes).toEqual(['lost'])
    expect(manager.tokens).toBeUndefined()
  })

  it('stops the requests that queued behind it', async () => {
    const { manager, server } = await signedIn()
    server.override = (request) => (request.method === 'POST' ? json({ error: 'invalid_grant' }, 400) : undefined)
    const results = await Promise.allSettled([
      manager.get({ scope: ['notes:read'] }),
      manager.get({ scope: ['notes:write'] }),
    ])
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(server.forms).toHaveLength(1)
  })

  it('is over with the next login', async () => {
    const { manager, server, login } = await signedIn(600)
    server.override = (request) => (request.method === 'POST' ? json({ error: 'invalid_grant' }, 400) : undefined)
    await expect(manager.get()).rejects.toMatchObject({ code: 'grant_lost' })
    server.override = () => undefined
    const tokens = await login()
    expect(await manager.adopt(tokens)).toBe(true)
    expect(await manager.get()).toEqual(tokens)
  })

  it('CL-06 does not take newer tokens along', async () => {
    const { manager, server, login, clock } = await signedIn(600)
    let refuse: (response: Response) => void = () => undefined
    server.override = (_, form) =>
      form?.get('grant_type') === 'refresh_token' ? new Promise<Response>((resolve) => (refuse = resolve)) : undefined
    const waiting = manager.get()
    await settled()
    clock.advance(1)
    const newer = await login()
    await manager.adopt(newer)
    refuse(json({ error: 'invalid_grant' }, 400))
    expect(await waiting).toEqual(newer)
    expect(manager.tokens).toEqual(newer)
  })
})

describe('adopt', () => {
  it('takes the tokens of a login, and nothing older', async () => {
    const { manager, tokens, login, clock } = await signedIn()
    clock.advance(1)
    const newer = await login()
    expect(await manager.adopt(newer)).toBe(true)
    expect(await manager.adopt(tokens)).toBe(false)
    expect(await manager.get()).toEqual(newer)
  })

  it('CL-06 wins over a refresh that was under way before it', async () => {
    const { manager, server, login, clock } = await signedIn(600)
    let answer: (response: Response) => void = () => undefined
    server.override = (_, form) =>
      form?.get('grant_type') === 'refresh_token' ? new Promise<Response>((resolve) => (answer = resolve)) : undefined
    const waiting = manager.get()
    await settled()
    const newer = await login()
    clock.advance(1)
    await manager.adopt(newer)
    answer(json({ access_token: 'stale', token_type: 'Bearer', refresh_token: 'stale' }))
    expect(await waiting).toEqual(newer)
    await settled()
    expect(manager.tokens).toEqual(newer)
  })
})

describe('clear', () => {
  it('forgets all, also what is under way', async () => {
    const { manager, server } = await signedIn(600)
    const open = gate(server)
    const waiting = manager.get()
    await settled()
    await manager.clear()
    open()
    await expect(waiting).rejects.toMatchObject({ code: 'login_required' })
    expect(manager.tokens).toBeUndefined()
  })
})

describe('subscribe', () => {
  it('tells of every change with the tokens to persist, until it is ended', async () => {
    const { manager, login, clock } = await signedIn(600)
    const changes: TokenChange[] = []
    const end = manager.subscribe((change) => changes.push(change))
    const second = await manager.get()
    await manager.get({ scope: ['notes:read'] })
    const narrowed = manager.tokens
    clock.advance(1)
    const third = await login()
    await manager.adopt(third)
    await manager.clear()
    end()
    await manager.adopt(third)
    expect(changes).toEqual([
      { type: 'renewed', tokens: second },
      { type: 'renewed', tokens: narrowed },
      { type: 'adopted', tokens: third },
      { type: 'cleared', tokens: undefined },
    ])
    expect(narrowed?.refreshToken).not.toBe(second.refreshToken)
  })
})

describe('clientCredentials', () => {
  it('gives one token to all, asks anew when it is over, and per wish', async () => {
    const { client, server, clock } = setup()
    const manager = createTokenManager(client, {
      source: (need) => clientCredentials(client, need),
      scope: ['notes:read'],
      resource: 'https://api.example',
      random: () => 0,
    })
    const results = await Promise.all(Array.from({ length: 100 }, () => manager.get()))
    expect(new Set(results).size).toBe(1)
    expect(server.forms.map((form) => [form.get('scope'), form.get('resource')])).toEqual([
      ['notes:read', 'https://api.example'],
    ])
    await Promise.all([manager.get({ scope: ['admin'] }), manager.get({ scope: ['admin'] })])
    expect(server.forms).toHaveLength(2)
    expect(manager.tokens?.scope).toEqual(['notes:read'])
    clock.advance(600)
    expect((await manager.get()).accessToken).not.toBe(results[0]?.accessToken)
  })

  it('gives the refusal of the server as it is, and asks again the next time', async () => {
    const { client, server } = setup()
    const manager = createTokenManager(client, { source: (need) => clientCredentials(client, need) })
    server.override = (request) => (request.method === 'POST' ? json({ error: 'invalid_client' }, 401) : undefined)
    await expect(manager.get()).rejects.toMatchObject({ code: 'token_refused', error: 'invalid_client' })
    server.override = () => undefined
    await expect(manager.get()).resolves.toBeDefined()
  })

  it('survives a source of the user that throws at once', async () => {
    const { client } = setup()
    let times = 0
    const manager = createTokenManager(client, {
      source: () => {
        times += 1
        throw new Error('no')
      },
    })
    await expect(manager.get()).rejects.toThrow('no')
    await expect(manager.get()).rejects.toThrow('no')
    expect(times).toBe(2)
  })
})
