type Awaitable<T> = T | Promise<T>

/** The languages that the built-in pages speak. */
export const LANGUAGES = ['en', 'de'] as const
export type Language = (typeof LANGUAGES)[number]

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

/** What somebody came for whom no application sent. */
export type Errand = 'device' | 'connected_apps'

/** The form sends `username` and `password`. */
export interface SignInView extends FormView {
  /** The application to continue to, and the host of its registered redirect URI (or a native app's scheme); or what else the sign-in is for. */
  readonly purpose: { readonly clientName: string; readonly redirectHost: string } | Errand
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
  /** Whether the answer goes to a program on this device that nothing but its word tells from any other: has to warn of that. */
  readonly isOnDevice: boolean
  /** What is granted by allowing. Empty when this account can grant nothing: then the page can't be answered with `allow`. */
  readonly scopes: readonly (ScopeView & { readonly isNew: boolean })[]
  /** What the client asked for and this account can't grant. */
  readonly refused: readonly ScopeView[]
}

/** Why the code form is shown again: one answer for every code that does not work, and one for somebody who tries too often. */
export type DeviceCodeError = 'wrong_code' | 'too_many'

/** The form sends `user_code`. RFC 8628 §3.3. */
export interface DeviceCodeView extends FormView {
  /** What was typed before, or came with `verification_uri_complete`. */
  readonly userCode?: string | undefined
  readonly error?: DeviceCodeError | undefined
}

/** Where a device was when it asked. */
export interface DeviceOrigin {
  readonly address: string
  /** In words, where the option `describeAddress` has them. */
  readonly place: string | undefined
  /** Whether this browser is in the same network, as far as that can be told from two addresses. */
  readonly network: 'same' | 'other' | 'unknown'
}

/** The form sends `decision`: `allow`, `deny` or `switch`. Has to warn of codes that somebody else sent. RFC 8628 §5.4. */
export interface DeviceConsentView extends FormView {
  readonly clientName: string
  /** As the device shows it, to be compared: `WDJB-MJHT`. */
  readonly userCode: string
  /** Seconds since the device asked for it. */
  readonly age: number
  /** Undefined where the platform does not tell. */
  readonly origin: DeviceOrigin | undefined
  readonly account: { readonly name: string }
  /** What is granted by allowing. Empty when this account can grant nothing. */
  readonly scopes: readonly ScopeView[]
  readonly refused: readonly ScopeView[]
}

export interface DeviceDoneView {
  readonly language: Language
  readonly clientName: string
  readonly decision: 'allowed' | 'denied'
}

/** One application that somebody allowed something. */
export interface ConnectedApp {
  readonly clientId: string
  readonly name: string
  readonly scopes: readonly ScopeView[]
  /** Where it is signed in, newest first: each can be ended by itself. */
  readonly connections: readonly { readonly grantId: string; readonly createdAt: number }[]
}

/**
 * A button sends the hidden fields with `grant` (end one connection), `client` (end all of an application, and forget what it was
 * allowed), or `decision=switch`.
 */
export interface ConnectedAppsView extends FormView {
  readonly account: { readonly name: string }
  /** Those of this page. */
  readonly apps: readonly ConnectedApp[]
  /** Addresses of the pages with newer and with older connections, where there are such. */
  readonly newer?: string | undefined
  readonly older?: string | undefined
  /** After an application was revoked, or a connection ended. */
  readonly done?: 'app' | 'connection' | undefined
}

/** What went wrong, for the person in front of the page. */
export type PageProblem =
  | 'unknown_client'
  | 'redirect_uri'
  | 'invalid_request'
  | 'request_uri'
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

/** Carries the answer to the application: the form is sent with the hidden fields alone. OAuth 2.0 Form Post Response Mode §2. */
export interface FormPostView extends FormView {
  readonly redirectHost: string
  /** The text of the one script that may run: in a `<script>` element, exactly so, it sends the first form of the page. */
  readonly script: string
}

/** The pages by name, and what each of them shows. Every one can be replaced. */
export interface PageViews {
  readonly signIn: SignInView
  readonly consent: ConsentView
  readonly deviceCode: DeviceCodeView
  readonly deviceConsent: DeviceConsentView
  readonly deviceDone: DeviceDoneView
  readonly connectedApps: ConnectedAppsView
  readonly error: ErrorView
  /** The answer for `response_mode=form_post`. Needs a button, for browsers without script. */
  readonly formPost: FormPostView
  readonly signOut: SignOutView
  /** After signing out, when there is no registered address to go on to. */
  readonly signedOut: { readonly language: Language }
  /** After the user chose not to sign out. */
  readonly stayedSignedIn: { readonly language: Language }
}

export type PageName = keyof PageViews

const NAMES: Readonly<Record<PageName, true>> = {
  signIn: true,
  consent: true,
  deviceCode: true,
  deviceConsent: true,
  deviceDone: true,
  connectedApps: true,
  error: true,
  formPost: true,
  signOut: true,
  signedOut: true,
  stayedSignedIn: true,
}
export const PAGE_NAMES: readonly string[] = Object.keys(NAMES)

/**
 * A whole HTML document, sent under the headers of the built-in pages: no script but that of `formPost`, no
 * frame, nothing loaded, the built-in style only. `style` is the text of a `<style>` element of your own, which the policy then allows as well. A `Response` keeps its
 * status and its own policy; what keeps it out of frames and caches is added to it.
 */
export type PageAnswer = string | { readonly html: string; readonly style: string } | Response

/** A page of your own in the place of a built-in one. Escape what you show: names and scopes come from others. `builtIn` gives the HTML that it replaces. */
export type Page<V> = (view: V, builtIn: () => string) => Awaitable<PageAnswer>

/** Pages of your own, by the name of the one that each replaces. */
export type Pages = { readonly [N in PageName]?: Page<PageViews[N]> }
