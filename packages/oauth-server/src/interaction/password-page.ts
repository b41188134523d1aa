import type { Login, LoginContext, LoginResult } from '../config/login.js'
import type { SignInError } from '../config/pages.js'
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
    } catch {
      // What went wrong may quote the password, so not even the events get to see it.
      return reject(context, username, 'unavailable')
    }
  }
}

function reject(context: LoginContext, username: string, error: SignInError, retryAfter?: Seconds): Promise<Response> {
  context.fail(error)
  return context.page.show({ username, error, ...(retryAfter !== undefined && { retryAfter }) })
}
