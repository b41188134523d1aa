import { parseChallenges } from '@scopewise/token-core/challenge'
import { isJsonType, isObject, readJson, readText } from '../http/json.js'

/** No OAuth error comes near this many bytes. */
const MAX_BYTES = 16_384

const ERRORS: readonly unknown[] = ['use_dpop_nonce', 'invalid_dpop_proof']

/** Whether a server refused the proof, and nothing else: an API in its challenge (RFC 9449 §9), a token endpoint in its body (§8). */
export async function isProofRefused(response: Response): Promise<boolean> {
  const { status, headers } = response
  if (status === 401 && parseChallenges(headers).some(({ parameters }) => ERRORS.includes(parameters['error'])))
    return true
  if ((status !== 400 && status !== 401) || !isJsonType(headers.get('content-type'))) return false
  try {
    const json = readJson(await readText(response.clone().body, MAX_BYTES))
    return isObject(json) && ERRORS.includes(json['error'])
  } catch {
    return false
  }
}
