import { generatePrivateJwk, importSigningKey } from '@scopewise/token-core'
import { createLogoutTokenIssuer, memoryReplay } from '@scopewise/token-core/logout-token'
import { describe, expect, it } from 'vitest'
import { logoutTokens } from '../idtoken.js'
import { setupBff, type Tab } from '../testing/bff.js'
import { ISSUER, json } from '../testing/server.js'

const key = await importSigningKey(await generatePrivateJwk('ES256'))
const stranger = await importSigningKey(await generatePrivateJwk('ES256'))

/** Two browsers of alice with sessions of their own at the server, and one of bob. */
async function threeBrowsers() {
  const all = setupBff({ backchannel: logoutTokens({ replay: memoryReplay() }) })
  all.server.metadata['jwks_uri'] = `${ISSUER}/jwks`
  all.server.override = (request) => (request.url.endsWith('/jwks') ? json({ keys: [key.publicJwk] }) : undefined)
  const tabs: Tab[] = []
  for (const claims of [{ sid: 's1' }, { sid: 's2' }, { sub: 'bob', sid: 's3' }]) {
    all.server.claims = claims
    const tab = all.openTab()
    await tab.login()
    tabs.push(tab)
  }
  const alive = async () => {
    const answers = await Promise.all(tabs.map((tab) => tab.call('/bff/api/notes')))
    return answers.map(({ status }) => status === 200)
  }
  const tokenFor = (whom: { subject?: string; sessionId?: string }, signedBy = key) => {
    const issuer = createLogoutTokenIssuer({ issuer: ISSUER, keys: signedBy, now: all.clock.now })
    return issuer.issue({ audience: 'web', ...whom } as Parameters<typeof issuer.issue>[0])
  }
  const send = (body: string) =>
    all.bff(
      new Request('https://app.example/bff/backchannel-logout', {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      }),
    )
  return { ...all, tabs, alive, tokenFor, send }
}

describe('back-channel logout', () => {
  it('CL-20 OI-05 ends the one session it names, at once', async () => {
    const { alive, tokenFor, send } = await threeBrowsers()
    expect(await alive()).toEqual([true, true, true])
    const response = await send(`logout_token=${await tokenFor({ sessionId: 's1', subject: 'alice' })}`)
    expect([response.status, response.headers.get('cache-control')]).toEqual([200, 'no-store'])
    expect(await alive()).toEqual([false, true, true])
  })

  it('CL-20 OI-05 ends all sessions of a subject, and none that begins afterwards', async () => {
    const { alive, tokenFor, send, tabs, clock, server } = await threeBrowsers()
    await send(`logout_token=${await tokenFor({ subject: 'alice' })}`)
    expect(await alive()).toEqual([false, false, true])
    clock.advance(1)
    server.claims = { sid: 's4' }
    await tabs[0]?.login()
    expect(await alive()).toEqual([true, false, true])
  })

  it('OI-05 ends nothing for a token that is used again, forged, missing, doubled or huge', async () => {
    const { alive, tokenFor, send, tabs, clock, server } = await threeBrowsers()
    const used = await tokenFor({ subject: 'alice' })
    await send(`logout_token=${used}`)
    clock.advance(1)
    server.claims = {}
    for (const tab of tabs.slice(0, 2)) await tab.login()
    const good = await tokenFor({ subject: 'alice' })
    for (const body of [
      `logout_token=${used}`,
      `logout_token=${await tokenFor({ subject: 'alice' }, stranger)}`,
      '',
      'logout_token=a.b.c',
      `logout_token=${good}&logout_token=${good}`,
      `x=${'x'.repeat(70_000)}&logout_token=${good}`,
    ])
      expect([body.slice(0, 30), (await send(body)).status]).toEqual([body.slice(0, 30), 400])
    expect(await alive()).toEqual([true, true, true])
  })

  it('CL-10 asks for another try when the keys can not be had', async () => {
    const { tokenFor, send, server } = await threeBrowsers()
    server.override = () => json({}, 500)
    expect((await send(`logout_token=${await tokenFor({ subject: 'alice' })}`)).status).toBe(503)
  })
})
