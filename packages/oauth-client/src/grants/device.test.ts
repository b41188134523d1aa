import { describe, expect, it } from 'vitest'
import { ISSUER, json } from '../testing/server.js'
import { setup } from '../testing/setup.js'
import { finishDeviceAuthorization, startDeviceAuthorization } from './device.js'

const DEVICE = {
  device_code: 'secret',
  user_code: 'WDJB-MJHT',
  verification_uri: 'https://auth.example/device',
  expires_in: 600,
}

/** A client whose pauses pass at once, on the clock; and the answers that the token endpoint gives, one for each poll. */
async function waiting(polls: readonly (() => Response | Promise<Response>)[], device: object = DEVICE) {
  const all = setup()
  all.server.metadata['device_authorization_endpoint'] = `${ISSUER}/device_authorization`
  const pauses: number[] = []
  let poll = 0
  all.server.override = (request) => {
    if (request.url.endsWith('/device_authorization')) return json(device)
    return request.url.endsWith('/token') ? (polls[poll++] ?? polls.at(-1))?.() : undefined
  }
  const started = await startDeviceAuthorization(all.client, { scope: ['notes:read'] })
  const finish = (signal?: AbortSignal) =>
    finishDeviceAuthorization(all.client, started, {
      signal,
      async pause(seconds) {
        pauses.push(seconds)
        all.clock.advance(seconds)
      },
    })
  return { ...all, started, finish, pauses }
}

const error =
  (code: string, headers = {}) =>
  () =>
    json({ error: code }, 400, headers)
const tokens = () => json({ access_token: 'a', token_type: 'Bearer', expires_in: 60 })

describe('startDeviceAuthorization', () => {
  it('gives what to show, and when it is over', async () => {
    const { started, clock, server } = await waiting([tokens])
    expect(started).toMatchObject({
      userCode: 'WDJB-MJHT',
      verificationUri: 'https://auth.example/device',
      expiresAt: clock.now() + 600,
      interval: 5,
    })
    expect(server.log).toContain('POST /device_authorization')
  })

  it.each([
    ['a page that is no https', { ...DEVICE, verification_uri: 'javascript:alert(1)' }, 'insecure_url'],
    ['no code', { ...DEVICE, device_code: undefined }, 'invalid_response'],
    ['a life time that is a text', { ...DEVICE, expires_in: '600' }, 'invalid_response'],
    ['nothing', null, 'invalid_response'],
  ])('refuses an answer with %s', async (_, device, code) => {
    // `as`: what a server may send instead of an object.
    await expect(waiting([tokens], device as object)).rejects.toMatchObject({ code })
  })

  it('says so when the server does not do it', async () => {
    await expect(startDeviceAuthorization(setup().client, {})).rejects.toMatchObject({ code: 'not_supported' })
  })
})

describe('finishDeviceAuthorization', () => {
  it('CL-21 asks every five seconds, five more for each slow_down and for all polls after it', async () => {
    const { finish, pauses } = await waiting([
      error('authorization_pending'),
      error('slow_down'),
      error('authorization_pending'),
      error('slow_down'),
      tokens,
    ])
    expect((await finish()).accessToken).toBe('a')
    expect(pauses).toEqual([5, 5, 10, 10, 15])
  })

  it('CL-21 backs off twice as long each time the server does not answer, and longer when it says so', async () => {
    const { finish, pauses } = await waiting([
      () => Promise.reject(new TypeError('reset')),
      () => json({}, 503),
      () => json({}, 503, { 'retry-after': '60' }),
      tokens,
    ])
    await finish()
    expect(pauses).toEqual([5, 10, 20, 60])
  })

  it('takes the interval of the server', async () => {
    const { finish, pauses } = await waiting([tokens], { ...DEVICE, interval: 2 })
    await finish()
    expect(pauses).toEqual([2])
  })

  it('CL-21 stops when the code has expired, by its own clock', async () => {
    const { finish, pauses } = await waiting([error('authorization_pending')], { ...DEVICE, expires_in: 12 })
    await expect(finish()).rejects.toMatchObject({ code: 'authorization_refused', error: 'expired_token' })
    expect(pauses).toEqual([5, 5, 5])
  })

  it.each(['access_denied', 'expired_token'])('ends with %s', async (code) => {
    const { finish } = await waiting([error(code)])
    await expect(finish()).rejects.toMatchObject({ code: 'authorization_refused', error: code, isRetryable: false })
  })

  it('ends with any other error', async () => {
    const { finish } = await waiting([error('invalid_client')])
    await expect(finish()).rejects.toMatchObject({ code: 'token_refused', error: 'invalid_client' })
  })

  it('ends when it is aborted', async () => {
    const { finish } = await waiting([error('authorization_pending')])
    await expect(finish(AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough')
  })

  it('wants an ID token when openid was asked for', async () => {
    const all = await waiting([tokens])
    const device = { ...all.started, scope: ['openid'] }
    await expect(finishDeviceAuthorization(all.client, device, { pause: async () => undefined })).rejects.toMatchObject(
      { code: 'invalid_id_token' },
    )
  })

  it('waits by real time when no pause is handed in, and leaves at once', async () => {
    const all = await waiting([tokens], { ...DEVICE, interval: 0.01 })
    expect((await finishDeviceAuthorization(all.client, all.started)).accessToken).toBe('a')
    const leaving = new AbortController()
    const left = finishDeviceAuthorization(all.client, { ...all.started, interval: 1000 }, { signal: leaving.signal })
    leaving.abort(new Error('gone'))
    await expect(left).rejects.toThrow('gone')
  })
})
