import type { ResponseMode } from '../config/client.js'
import type { Context } from '../context.js'
import type { OAuthErrorCode } from '../errors.js'
import { seeOther } from '../http/responses.js'
import { SCRIPT, SCRIPT_HASH } from '../interaction/pages/form-post.js'
import { languageOf } from '../interaction/problem.js'
import { showPage } from '../interaction/show.js'
import { redirectHost } from './redirect-uri.js'

export interface ResponseAddress {
  readonly redirectUri: string
  readonly responseMode: ResponseMode
  readonly state: string | undefined
  readonly uiLocales: string | undefined
}

/** An authorization response: always with `iss`, and with `state` exactly as it came. RFC 6749 §4.1.2, RFC 9207 §2. */
export async function authorizationResponse(
  { config }: Pick<Context, 'config'>,
  http: Request,
  { redirectUri, responseMode, state, uiLocales }: ResponseAddress,
  result: Readonly<Record<string, string>>,
): Promise<Response> {
  const fields = { ...result, ...(state !== undefined && { state }), iss: config.issuer }
  if (responseMode === 'form_post') {
    const view = {
      language: languageOf(http, uiLocales),
      action: redirectUri,
      hidden: fields,
      redirectHost: redirectHost(redirectUri),
      script: SCRIPT,
    }
    return showPage(config, 'formPost', view, { formAction: [redirectUri], scripts: [SCRIPT_HASH] })
  }
  // Appended as text: a registered URI is never parsed and written anew. RFC 6749 §3.1.2
  return seeOther(`${redirectUri}${redirectUri.includes('?') ? '&' : '?'}${new URLSearchParams(fields)}`)
}

/** RFC 6749 §4.1.2.1. */
export function authorizationErrorResponse(
  context: Pick<Context, 'config'>,
  http: Request,
  address: ResponseAddress,
  error: OAuthErrorCode,
  description: string,
): Promise<Response> {
  return authorizationResponse(context, http, address, { error, error_description: description })
}
