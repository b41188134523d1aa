import type { Login, LoginContext, LoginResult } from '../config/login.js'
import type { SignInError } from '../config/pages.js'
import { invalidConfiguration } from '../errors.js'
import { single } from '../http/parameters.js'
import type { Seconds } from '../time.js'

type Awaitable<T> = T | Promise<T>

export interface Credentials {
  readonly username: string
  readonly password: string
}

/** Characters; what is longer is nobody's and is not worth hashing. */
const MAX_INPUT = 1024

/**
 * The built-in sign-in page: a user name and a password. `verify` answers with the subject, or undefined when the two do
 * not belong together; it should take equally long for users that do not exist. How often somebody may try is limited.
 */
export function passwordPage(verify: (credentials: Credentials) => Awaitable<LoginResult | undefined>): Login {
  if (typeof verify !== 'function') throw invalidConfiguration('passwordPage: needs a function that checks a password.')
  return async (context) => {
    const { form } = context
    if (!form) return context.page.show()
    const username = single(form, 'username') ?? ''
    const password = single(form, 'password') ?? ''
    if (username === '' || password === '' || username.length > MAX_INPUT || password.length > MAX_INPUT) {
      return reject(context, username.slice(0, MAX_INPUT), 'wrong_credentials')
    }
    const wait = await context.attempt(username)
    if (wait !== undefined) return reject(context, username, 'too_many', wait)
    try {
      return (await verify({ username, password })) ?? reject(context, username, 'wrong_credentials')
    } catch (error) {
      context.fail('unavailable', withoutMessage(error))
      return context.page.show({ username, error: 'unavailable' })
    }
  }
}

/** What was thrown and where, for the events. Its message may quote the password, so not even they get to see it. */
function withoutMessage(error: unknown): Error {
  const { name, message, stack = '' } = error instanceof Error ? error : { name: typeof error, message: '' }
  const safe = new Error(
    `The function of passwordPage threw: ${name}. The message is left out, for it may hold the password.`,
  )
  const head = `${name}: ${message}\n`
  if (stack.startsWith(head)) safe.stack = `${safe.name}: ${safe.message}\n${stack.slice(head.length)}`
  return safe
}

function reject(context: LoginContext, username: string, error: SignInError, retryAfter?: Seconds): Promise<Response> {
  context.fail(error)
  return context.page.show({ username, error, ...(retryAfter !== undefined && { retryAfter }) })
}
