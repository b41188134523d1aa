import type { Parameters } from '../http/parameters.js'
import type { Seconds } from '../time.js'
import type { Errand, SignInError } from './pages.js'

/** Why somebody has to sign in. */
export type LoginReason = 'no_session' | 'prompt' | 'max_age' | 'acr' | 'other_subject' | 'switch_account'

/** What a sign-in is for and where its page sends its form. */
export interface LoginContext {
  /** Method, URL and headers; the body is already read, see `form`. */
  readonly request: Request
  /** What the sign-in form sent; undefined when the page is asked for. */
  readonly form: Parameters | undefined
  readonly reason: LoginReason
  /** The application that sent the user; undefined when they came by themselves, for an `errand`. */
  readonly client: { readonly clientId: string; readonly name: string; readonly redirectHost: string } | undefined
  readonly errand: Errand | undefined
  /** Who is signed in already, when that is not enough: what is missing is in `reason`, `acrValues` and `maxAge`. */
  readonly session:
    | {
        readonly subject: string
        readonly authTime: Seconds
        readonly acr: string | undefined
        readonly amr: readonly string[] | undefined
      }
    | undefined
  readonly scope: readonly string[]
  readonly loginHint: string | undefined
  readonly acrValues: readonly string[]
  /** Seconds. */
  readonly maxAge: Seconds | undefined
  readonly uiLocales: string | undefined
  /** Where the form is sent, and the hidden fields that have to come along. */
  readonly page: {
    readonly action: string
    readonly hidden: Readonly<Record<string, string>>
    /** Sources for the `form-action` of a Content-Security-Policy: browsers also check where a sent form is redirected to. */
    readonly formAction: readonly string[]
    /** The built-in sign-in page, or the one in its place (`pages.signIn`). */
    readonly show: (shown?: {
      readonly username?: string | undefined
      readonly error?: SignInError
      /** Told in `Retry-After`. */
      readonly retryAfter?: Seconds
    }) => Promise<Response>
  }
  /** Where a sign-in elsewhere comes back to: `login` is called again. Only this browser can use it, until it expires. */
  readonly resumeUrl: string
  /**
   * Counts a try to sign in to an account, and gives the seconds to wait before it may be made; undefined: go on. Ask before a
   * password is checked. A sign-in that succeeds takes its try back, and a browser that signed in before has tries of its own.
   */
  readonly attempt: (account: string) => Promise<Seconds | undefined>
  /** Tells the events that somebody failed to sign in, and what broke if it was not their fault. Neither may hold what was typed. */
  readonly fail: (reason: string, cause?: unknown) => void
}

/** Who signed in. */
export interface LoginResult {
  /** Stable and never given to anybody else: 1 to 255 ASCII characters, not a clientId. OIDC Core §2 */
  readonly subject: string
  /** Epoch seconds at which the user was really asked. @default now */
  readonly authTime?: Seconds
  /** What the consent page calls the account. @default the subject */
  readonly name?: string
  readonly acr?: string
  readonly amr?: readonly string[]
}

/** Finds out who the user is: answers with the subject, or with a page of its own that leads back here. */
export type Login = (context: LoginContext) => Promise<LoginResult | Response> | LoginResult | Response
