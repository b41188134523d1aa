import { describe, expect, it } from 'vitest'
import { setup } from '../testing/setup.js'
import { requestCookies } from './cookie-jar.js'
import { finishAuthorization } from './finish.js'
import { sealedTransactions } from './sealed-transactions.js'
import { startAuthorization } from './start.js'

const SECRET = 'kX3v9Qm2LrT7yWc5ZbN8sEaU4hJ6pDfG1oVtYqRiMxw'
const OTHER = 'aB3v9Qm2LrT7yWc5ZbN8sEaU4hJ6pDfG1oVtYqRiMxw'

/** A browser that keeps cookies between requests. */
function browser() {
  const kept = new Map<string, string>()
  return {
    kept,
    request: () =>
      new Request('https://app.example/', { headers: { cookie: [...kept].map((pair) => pair.join('=')).join('; ') } }),
    take(headers: readonly (readonly [string, string])[]) {
      for (const [, line] of headers) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
        if (value) kept.set(name, value)
        else kept.delete(name)
      }
    },
  }
}

/** A server that keeps nothing between two requests. */
function stateless(secrets: readonly string[] = [SECRET]) {
  const all = setup()
  const agent = browser()
  const withCookies = async <T>(work: (client: typeof all.client) => Promise<T>): Promise<T> => {
    const cookies = requestCookies(agent.request())
    try {
      return await work({ ...all.client, transactions: sealedTransactions({ secrets, cookies }) })
    } finally {
      agent.take(cookies.headers)
    }
  }
  return { ...all, agent, withCookies }
}

describe('sealedTransactions', () => {
  it('CL-02 keeps a login in the browser that began it, once', async () => {
    const { withCookies, server, agent } = stateless()
    const { url } = await withCookies((client) =>
      startAuthorization(client, { scope: ['openid', 'notes:read'], returnTo: '/notes' }),
    )
    expect([...agent.kept.keys()]).toEqual([expect.stringMatching(/^__Host-login\./)])
    const back = await server.authorize(url)
    const { returnTo } = await withCookies((client) => finishAuthorization(client, back))
    expect(returnTo).toBe('/notes')
    expect(agent.kept.size).toBe(0)
    await expect(withCookies((client) => finishAuthorization(client, back))).rejects.toMatchObject({
      code: 'unknown_transaction',
    })
  })

  it('finishes ten logins at once', async () => {
    const { withCookies, server } = stateless()
    const started = []
    for (let n = 0; n < 10; n++)
      started.push(await withCookies((client) => startAuthorization(client, { scope: ['notes:read'] })))
    const done = []
    for (const { url } of started.reverse()) {
      const back = await server.authorize(url)
      done.push(await withCookies((client) => finishAuthorization(client, back)))
    }
    expect(done).toHaveLength(10)
  })

  it('CL-09 ATT-074 finishes nothing in another browser', async () => {
    const attacker = stateless()
    const { url } = await attacker.withCookies((client) => startAuthorization(client, { scope: ['notes:read'] }))
    const back = await attacker.server.authorize(url)
    attacker.agent.kept.clear()
    await expect(attacker.withCookies((client) => finishAuthorization(client, back))).rejects.toMatchObject({
      code: 'unknown_transaction',
    })
  })

  it('CL-11 ATT-076 opens no cookie under the name of another login', async () => {
    const { withCookies, server, agent } = stateless()
    const first = await withCookies((client) => startAuthorization(client, { scope: ['notes:read'] }))
    const second = await withCookies((client) => startAuthorization(client, { scope: ['notes:read'] }))
    const [a = '', b = ''] = [...agent.kept.keys()]
    const [valueA = '', valueB = ''] = [...agent.kept.values()]
    agent.kept.set(a, valueB).set(b, valueA)
    for (const { url } of [first, second]) {
      const back = await server.authorize(url)
      await expect(withCookies((client) => finishAuthorization(client, back))).rejects.toMatchObject({
        code: 'unknown_transaction',
      })
    }
  })

  it('shows nothing of the login, and nobody can change it', async () => {
    const { withCookies, server, agent } = stateless()
    const { url } = await withCookies((client) => startAuthorization(client, { scope: ['notes:read'] }))
    const [name = '', value = ''] = [...agent.kept][0] ?? []
    expect(value).toMatch(/^[\w-]+$/)
    agent.kept.set(name, value.slice(0, -4) + (value.endsWith('AAAA') ? 'BBBB' : 'AAAA'))
    const back = await server.authorize(url)
    await expect(withCookies((client) => finishAuthorization(client, back))).rejects.toMatchObject({
      code: 'unknown_transaction',
    })
  })

  it('opens with an old secret while it is listed', async () => {
    const { withCookies, server, agent, client } = stateless([OTHER])
    const { url } = await withCookies((own) => startAuthorization(own, { scope: ['notes:read'] }))
    const cookies = requestCookies(agent.request())
    const transactions = sealedTransactions({ secrets: [SECRET, OTHER], cookies })
    await expect(finishAuthorization({ ...client, transactions }, await server.authorize(url))).resolves.toBeDefined()
  })

  it('CL-10 refuses to start without a good secret', () => {
    const cookies = requestCookies(new Request('https://app.example'))
    for (const secrets of [[], ['short'], [SECRET, '']])
      expect(() => sealedTransactions({ secrets, cookies })).toThrow(
        expect.objectContaining({ code: 'invalid_configuration' }),
      )
  })
})

describe('requestCookies', () => {
  it('sets cookies that scripts and other hosts never see', () => {
    const cookies = requestCookies(new Request('https://app.example', { headers: { cookie: 'a=1; b=2=3' } }))
    expect([cookies.read('a'), cookies.read('b'), cookies.read('c')]).toEqual(['1', '2=3', undefined])
    cookies.write('__Host-x', 'y', 60)
    expect(cookies.headers).toEqual([['set-cookie', '__Host-x=y; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=60']])
  })
})
