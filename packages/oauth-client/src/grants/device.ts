import type { OAuthClient, OidcScope, TokenNeed } from '../client/client.js'
import { endpointOf } from '../discovery/metadata.js'
import { isOAuthClientError, OAuthClientError } from '../errors.js'
import { isObject } from '../http/json.js'
import { type Pause, pause } from '../http/pause.js'
import { parseSecureUrl } from '../http/secure-url.js'
import { grantUserTokens } from '../token-endpoint/grant-user-tokens.js'
import { postForm, refusal, requestTokens } from '../token-endpoint/request-tokens.js'
import { scopeParam } from '../token-endpoint/scope.js'
import type { Tokens } from '../token-endpoint/tokens.js'

/** What the user is to do on another device, and what the waiting needs. RFC 8628 §3.2. */
export interface DeviceAuthorization {
  /** What the user types in. */
  readonly userCode: string
  /** Where the user types it in. */
  readonly verificationUri: string
  /** The same with the code in it, for a QR code. */
  readonly verificationUriComplete: string | undefined
  /** Epoch seconds. */
  readonly expiresAt: number
  /** Seconds between two polls. */
  readonly interval: number
  /** A secret of this device. */
  readonly deviceCode: string
  readonly scope: readonly string[]
}

/** Seconds: the interval when the server names none, and what a `slow_down` adds to it. RFC 8628 §3.2, §3.5. */
const STEP = 5

/**
 * Asks for a login on another device: show `userCode` and `verificationUri`, then wait with `finishDeviceAuthorization`. RFC 8628 §3.1.
 *
 * @throws {OAuthClientError} not_supported, token_refused, undeclared_scope
 */
export async function startDeviceAuthorization<S extends string>(
  client: OAuthClient<S>,
  { scope = [], resource = client.resource }: TokenNeed<NoInfer<S>>,
): Promise<DeviceAuthorization> {
  const url = endpointOf(await client.metadata(), 'device_authorization_endpoint')
  const startedAt = client.now()
  const answer = await postForm(client, url, { scope: scopeParam(client, scope), resource })
  if (answer.status !== 200) throw refusal('The device authorization endpoint', answer)
  const { device_code, user_code, verification_uri, verification_uri_complete, expires_in, interval } = isObject(
    answer.json,
  )
    ? answer.json
    : {}
  if (!isText(device_code) || !isText(user_code) || typeof expires_in !== 'number')
    throw new OAuthClientError('invalid_response', 'The device authorization has no usable code or life time')
  const page = (uri: unknown) => parseSecureUrl(uri, `verification_uri of ${client.issuer}`).href
  return {
    userCode: user_code,
    verificationUri: page(verification_uri),
    verificationUriComplete: verification_uri_complete === undefined ? undefined : page(verification_uri_complete),
    expiresAt: startedAt + expires_in,
    interval: typeof interval === 'number' && interval > 0 ? interval : STEP,
    deviceCode: device_code,
    scope,
  }
}

export interface DeviceWait {
  /** Ends the waiting. */
  readonly signal?: AbortSignal | undefined
  /** Lets time pass. @default setTimeout */
  readonly pause?: Pause | undefined
}

/**
 * Waits until the user has agreed on the other device. RFC 8628 §3.4 and §3.5: it asks at the server's pace, slows down when it is told
 * to, and twice as much each time the server does not answer.
 *
 * @throws {OAuthClientError} authorization_refused when the user said no (`access_denied`) or too late (`expired_token`); token_refused
 */
export async function finishDeviceAuthorization<S extends string>(
  client: OAuthClient<S>,
  device: DeviceAuthorization,
  { signal, pause: wait = pause }: DeviceWait = {},
): Promise<Tokens<S | OidcScope>> {
  let { interval } = device
  for (;;) {
    await wait(interval, signal)
    signal?.throwIfAborted()
    if (client.now() >= device.expiresAt) throw refused('expired_token')
    try {
      const response = await requestTokens(client, 'urn:ietf:params:oauth:grant-type:device_code', {
        device_code: device.deviceCode,
      })
      return await grantUserTokens(client, response, device.scope, {})
    } catch (error) {
      interval = nextInterval(error, interval)
    }
  }
}

/** Decides from a failed poll when to ask again. @throws what ends the waiting */
function nextInterval(error: unknown, interval: number): number {
  if (!isOAuthClientError(error)) throw error
  if (error.error === 'authorization_pending') return interval
  if (error.error === 'slow_down') return Math.max(interval + STEP, error.retryAfter ?? 0)
  if (error.error === 'access_denied' || error.error === 'expired_token') throw refused(error.error)
  if (error.isRetryable) return Math.max(interval * 2, error.retryAfter ?? 0)
  throw error
}

const refused = (error: 'access_denied' | 'expired_token'): OAuthClientError =>
  new OAuthClientError(
    'authorization_refused',
    error === 'access_denied' ? 'The user said no on the other device' : 'The code for the other device has expired',
    { error },
  )

const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''
