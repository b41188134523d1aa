import { describe, expect, it, vi } from 'vitest'
import { passwordPage } from './interaction/password-page.js'
import {
  authorizeAs,
  authorizeUrl,
  basic,
  createHarness,
  ISSUER,
  post,
  redeem,
  refresh,
  SECRET,
  SERVICE_SECRET,
} from './testing/harness.js'

/** Everything that a logger could get hold of, the causes of errors and what hides behind getters included. */
function everything(value: unknown, seen = new Set<unknown>()): string {
  if (typeof value !== 'object' || value === null) return String(value)
  if (seen.has(value)) return ''
  seen.add(value)
  const own = Object.getOwnPropertyNames(value).map((name) => `${name}: ${everything(Reflect.get(value, name), seen)}`)
  return own.join('\n')
}

describe('events', () => {
  it('ATT-068 OP-03 hold no code, token, secret, password, cookie or what somebody typed, and nothing is written to the console', async () => {
    const console = (['log', 'info', 'warn', 'error', 'debug'] as const).map((name) =>
      vi.spyOn(globalThis.console, name),
    )
    const streams = [process.stdout, process.stderr].map((stream) => vi.spyOn(stream, 'write'))
    const password = 'correct horse battery staple'
    const harness = await createHarness({
      registration: {},
      login: passwordPage(({ username, password: given }) => {
        if (username === 'broken') throw new Error(`can't verify ${given}`)
        return given === password ? { subject: username } : undefined
      }),
    })
    const { server } = harness
    const browser = harness.browser()
    let page = await browser.open(authorizeUrl({ state: 'a-very-secret-state', login_hint: 'hinted@app.example' }))
    const typed = ['mistyped password', 'another wrong one']
    page = await browser.submit(page, { username: 'typed-user-name', password: typed[0] ?? '' })
    page = await browser.submit(page, { username: 'broken', password: typed[1] ?? '' })
    page = await browser.submit(page, { username: 'ada', password })
    page = await browser.submit(page, { decision: 'allow' })
    const code = new URL(page.location ?? '').searchParams.get('code') ?? ''
    const first = await redeem(server, code)
    const second = await refresh(server, first.body['refresh_token'])
    await refresh(server, second.body['refresh_token'])
    // Replays, reuse, and credentials in all the wrong places.
    await redeem(server, code, { code_verifier: 'x'.repeat(43) })
    await refresh(server, first.body['refresh_token'])
    await redeem(server, code)
    await post(server, '/token', { grant_type: 'client_credentials' }, basic('service', 'a wrong secret'))
    await post(server, '/token', { grant_type: 'client_credentials', client_id: SERVICE_SECRET, client_secret: 'x' })
    await post(server, '/token', { grant_type: SERVICE_SECRET, client_id: 'web' })
    await post(server, `/token?client_secret=${SERVICE_SECRET}`, { grant_type: 'client_credentials' })
    await post(server, '/revoke', { token: second.body['access_token'], client_id: 'web' })
    const registered = await server.fetch(
      new Request(`${ISSUER}/register`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: 'Bearer an-initial-access-token' },
        body: JSON.stringify({ redirect_uris: ['https://new.example/cb'] }),
      }),
    )
    const { client_secret: clientSecret, registration_access_token: token } = await registered.json()
    const { clientSecret: made } = await server.clients.create({ type: 'service', scope: ['notes:read'] })

    const logged = everything(harness.events)
    expect(harness.events.length).toBeGreaterThan(15)
    for (const name of [
      'login.failed',
      'code.replayed',
      'refresh_token.reused',
      'client_authentication.failed',
      'client.created',
    ])
      expect(harness.events.map((event) => event.name)).toContain(name)
    // What broke in the function of passwordPage is told without its message: where it was thrown helps to find it.
    const broken = harness.events.find(({ name }) => name === 'error')?.event
    expect(everything(broken)).toMatch(/passwordPage threw: Error\.[\s\S]*events\.test\.ts/)
    const secrets = [
      ...[
        code,
        password,
        ...typed,
        'typed-user-name',
        'a-very-secret-state',
        'hinted@app.example',
        SECRET,
        SERVICE_SECRET,
      ],
      ...['a wrong secret', 'an-initial-access-token', clientSecret, token, made, ...browser.cookies.values()],
      ...[first, second].flatMap(({ body }) => [body['access_token'], body['refresh_token'], body['id_token']]),
    ]
    for (const secret of secrets) {
      expect(typeof secret === 'string' && secret.length > 8, String(secret)).toBe(true)
      expect(logged).not.toContain(secret)
      expect(logged).not.toContain(btoa(String(secret)))
    }
    for (const spy of [...console, ...streams]) {
      expect(
        spy.mock.calls
          .flat()
          .map(String)
          .filter((written) => secrets.some((secret) => written.includes(String(secret)))),
      ).toEqual([])
      spy.mockRestore()
    }
  })

  it('say why, where the answer does not', async () => {
    const harness = await createHarness()
    const reasons = () =>
      harness.events.flatMap(({ name, event }) => ('reason' in event ? [`${name}: ${String(event.reason)}`] : []))
    await post(harness.server, '/token', { grant_type: 'client_credentials' }, basic('service', 'wrong'))
    await post(harness.server, '/token', { grant_type: 'client_credentials' }, basic('nobody', 'wrong'))
    const code = (await authorizeAs(harness.browser())).get('code')
    await redeem(harness.server, code, { code_verifier: 'x'.repeat(43) })
    await redeem(harness.server, code, { redirect_uri: 'https://other.example/cb' })
    expect(reasons().filter((reason) => !reason.startsWith('login'))).toEqual([
      'client_authentication.failed: wrong_secret',
      'token.refused: wrong_secret',
      'client_authentication.failed: unknown_client',
      'token.refused: unknown_client',
      'token.refused: pkce',
      'token.refused: redirect_uri',
    ])
  })
})
