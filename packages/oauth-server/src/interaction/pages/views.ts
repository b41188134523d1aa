import type { Language } from './language.js'

/** What every page with a form has to know. */
interface FormView {
  readonly language: Language
  /** Where the form is sent, by POST. */
  readonly action: string
  /** Fields that come along unseen: the sealed request, the form's token. */
  readonly hidden: Readonly<Record<string, string>>
}

/** Why the sign-in form is shown again. None of them tells whether the account exists. */
export type SignInError = 'wrong_credentials' | 'too_many' | 'unavailable'

/** The form sends `username` and `password`. */
export interface SignInView extends FormView {
  readonly clientName: string
  /** Where the answer will be sent, as in the registered redirect URI: host and port, or a native app's scheme. */
  readonly redirectHost: string
  /** What was typed before, or the login hint. */
  readonly username?: string | undefined
  readonly error?: SignInError | undefined
}

/** A scope value in the user's words. */
export interface ScopeView {
  readonly value: string
  readonly description: string
}

/** The form sends `decision`: `allow`, `deny` or `switch` (sign in as somebody else). */
export interface ConsentView extends FormView {
  readonly clientName: string
  readonly redirectHost: string
  readonly account: { readonly name: string }
  /** What is granted by allowing. Empty when this account can grant nothing: then the page can't be answered with `allow`. */
  readonly scopes: readonly (ScopeView & { readonly isNew: boolean })[]
  /** What the client asked for and this account can't grant. */
  readonly refused: readonly ScopeView[]
}

/** What went wrong, for the person in front of the page. */
export type PageProblem =
  | 'unknown_client'
  | 'redirect_uri'
  | 'invalid_request'
  | 'expired'
  | 'already_used'
  | 'other_browser'
  | 'not_found'
  | 'server_error'

export interface ErrorView {
  readonly language: Language
  readonly problem: PageProblem
  /** The code for the developer: `invalid_request` … */
  readonly code: string
  /** One more sentence for the developer, in English, without secrets. */
  readonly detail?: string | undefined
}

/** The form sends `decision`: `sign_out` or `stay`. */
export interface SignOutView extends FormView {
  /** The application that asks for it, when it is known. */
  readonly clientName?: string | undefined
  readonly account?: { readonly name: string } | undefined
}
