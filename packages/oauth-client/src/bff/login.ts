import { finishAuthorization } from '../authorization/finish.js'
import { type AuthorizationRequest, startAuthorization } from '../authorization/start.js'
import { isOAuthClientError, OAuthClientError } from '../errors.js'
import { isJsonType, isObject, readJson, readText } from '../http/json.js'
import { answer, problem, redirect, tokensProblem } from './answers.js'
import { beginSession, bindingCookie, bindLogin, findBinding } from './session.js'
import type { Settings } from './settings.js'

/** Characters; a page asks for a few scopes and a path. */
const MAX_BODY = 16_384

/**
 * Begins a login for a page, which then goes to the `url` of the answer. The page may say `returnTo`, and with a step-up `scope`,
 * `acrValues` and `maxAge`, as JSON; scope beyond what is declared is refused.
 */
export async function startLogin<S extends string>(settings: Settings<S>, request: Request): Promise<Response> {
  const wish = await readWish(settings, request)
  if (typeof wish === 'string') return problem('invalid_request', wish)
  const bound = await bindLogin(request)
  try {
    const { url } = await startAuthorization(settings.client, { ...wish, session: bound.binding })
    return answer({ url: url.href }, [bindingCookie(bound)])
  } catch (error) {
    if (isOAuthClientError(error) && error.code === 'undeclared_scope') return problem('invalid_request', error.message)
    return tokensProblem(error)
  }
}

/**
 * Ends a login: a session with an id of its own begins, whatever cookie came along, and the one before ends with its tokens. The page that
 * the user comes back to is told with `login_error` when there is no session.
 */
export async function finishLogin<S extends string>(settings: Settings<S>, request: Request): Promise<Response> {
  // A browser that began no login finishes none: such a transaction is never put.
  const bound = findBinding(request) ?? { binding: 'none', before: undefined }
  try {
    const { tokens, returnTo = '/' } = await finishAuthorization(settings.client, request, { session: bound.binding })
    if (!tokens.claims) throw new OAuthClientError('invalid_id_token', 'A session needs the claims of an ID token')
    return redirect(returnTo, await beginSession(settings, bound, tokens, tokens.claims))
  } catch (error) {
    if (!isOAuthClientError(error)) throw error
    const { pathname, search, hash } = new URL(error.returnTo ?? '/', settings.origin)
    const told = new URLSearchParams(search)
    told.set('login_error', error.error ?? error.code)
    return redirect(`${pathname}?${told}${hash}`, [])
  }
}

/** What a page asks for, or a sentence that says what is wrong with it. */
async function readWish<S extends string>(
  { scope }: Settings<S>,
  request: Request,
): Promise<AuthorizationRequest<S> | string> {
  if (!request.body) return { scope }
  if (!isJsonType(request.headers.get('content-type'))) return 'The body must be JSON'
  const body = await readBody(request)
  if (!isObject(body)) return 'The body must be a JSON object'
  const { returnTo, scope: more = [], acrValues, maxAge } = body
  if (!isTexts(more)) return 'scope must be a list of texts'
  if (returnTo !== undefined && typeof returnTo !== 'string') return 'returnTo must be a path'
  if (acrValues !== undefined && !isTexts(acrValues)) return 'acrValues must be a list of texts'
  if (maxAge !== undefined && !(typeof maxAge === 'number' && maxAge >= 0)) return 'maxAge must be a number of seconds'
  // `as`: startAuthorization refuses what is not declared, which is what S says.
  const asked = [...new Set([...scope, ...more])] as AuthorizationRequest<S>['scope']
  return { scope: asked, returnTo, acrValues, maxAge }
}

async function readBody(request: Request): Promise<unknown> {
  try {
    return readJson(await readText(request.body, MAX_BODY))
  } catch {
    return undefined
  }
}

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string')
