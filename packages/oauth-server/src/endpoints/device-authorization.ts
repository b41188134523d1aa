import { digest, randomToken } from '@scopewise/token-core/encoding'
import { addressOf } from '../authorization/device-origin.js'
import { type DeviceRequest, parseDeviceRequest } from '../authorization/device-request.js'
import { createUserCode, formatUserCode, userCodeHash } from '../authorization/user-code.js'
import { authenticateClient } from '../client-auth/client-auth.js'
import { DEVICE_CODE } from '../config/client.js'
import type { Context } from '../context.js'
import { OAuthError } from '../errors.js'
import { readForm } from '../http/form.js'
import { jsonResponse } from '../http/responses.js'
import { PATHS } from '../paths.js'
import type { Seconds } from '../time.js'
import { refuseQuery } from './token.js'

/** RFC 8628 §3.2 */
const INTERVAL: Seconds = 5

/** Times that a user code may turn out to be taken: of 20^8 codes that does not happen twice. */
const TRIES = 3

/** The device authorization endpoint. RFC 8628 §3.1, §3.2. */
export async function deviceAuthorization(request: Request, context: Context): Promise<Response> {
  refuseQuery(request)
  await context.limits.spend('device_authorization', request)
  const form = await readForm(request)
  const client = await authenticateClient(context, request, form)
  if (!client.grantTypes.has(DEVICE_CODE))
    throw new OAuthError('unauthorized_client', { description: 'The client may not use the device grant.' })
  const asked = parseDeviceRequest(form, client, context.config)
  if ('error' in asked) throw new OAuthError(asked.error, { description: asked.description })
  const { deviceCode, userCode } = await store(context, client.clientId, asked, addressOf(context, request))
  const shown = formatUserCode(userCode)
  const verificationUri = context.url(PATHS.device)
  return jsonResponse({
    device_code: deviceCode,
    user_code: shown,
    verification_uri: verificationUri,
    verification_uri_complete: `${verificationUri}?user_code=${shown}`,
    expires_in: context.config.lifetimes.deviceCode,
    interval: INTERVAL,
  })
}

async function store(
  context: Context,
  clientId: string,
  { scope, resources }: DeviceRequest,
  requestedFrom: string | undefined,
): Promise<{ readonly deviceCode: string; readonly userCode: string }> {
  const deviceCode = randomToken()
  const hash = await digest(deviceCode)
  for (let tries = 0; tries < TRIES; tries++) {
    const userCode = createUserCode()
    const outcome = await context.store.putDeviceCode({
      hash,
      userCodeHash: await userCodeHash(context.secrets, userCode),
      clientId,
      scope,
      resources,
      requestedFrom,
      expiresAt: context.now() + context.config.lifetimes.deviceCode,
      interval: INTERVAL,
      status: 'pending',
      claimedBy: undefined,
      grantId: undefined,
    })
    if (outcome === 'stored') return { deviceCode, userCode }
  }
  throw new OAuthError('temporarily_unavailable', {
    description: 'The server has no free user code at the moment.',
    reason: 'user_codes',
    headers: { 'retry-after': '5' },
  })
}
