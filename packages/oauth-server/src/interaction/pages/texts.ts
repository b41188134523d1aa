import type { Html } from './html.js'
import type { PageProblem, SignInError } from './views.js'

interface Problem {
  readonly title: string
  /** What happened. */
  readonly what: string
  /** What the person can do. */
  readonly next: string
}

/** Every text of the pages in one language. Names come in as markup, escaped and isolated already. */
export interface Texts {
  readonly dir: 'ltr' | 'rtl'
  readonly signIn: {
    title(clientName: string): string
    readonly heading: string
    lead(client: Html, host: Html): Html
    readonly username: string
    readonly password: string
    readonly submit: string
    promise(client: Html): Html
    readonly errors: Readonly<Record<SignInError, string>>
    /** Stands before the title when there is an error. */
    readonly errorTitle: string
  }
  readonly consent: {
    title(clientName: string): string
    heading(client: Html): Html
    lead(host: Html): Html
    signedInAs(name: Html): Html
    readonly switchAccount: string
    readonly listHeading: string
    readonly isNew: string
    readonly refusedHeading: string
    readonly refusedHint: string
    readonly nothingHeading: string
    readonly nothingHint: string
    readonly allow: string
    readonly deny: string
    answer(host: Html): Html
  }
  readonly problem: { readonly developer: string } & Readonly<Record<PageProblem, Problem>>
  readonly signOut: {
    readonly title: string
    lead(client: Html | undefined, account: Html | undefined): Html
    readonly hint: string
    readonly submit: string
    readonly stay: string
  }
  readonly signedOut: { readonly title: string; readonly lead: string }
  readonly stayed: { readonly title: string; readonly lead: string }
}
