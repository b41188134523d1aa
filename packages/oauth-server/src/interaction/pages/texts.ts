import type {
  DeviceCodeError,
  DeviceDoneView,
  DeviceOrigin,
  Errand,
  PageProblem,
  SignInError,
} from '../../config/pages.js'
import type { Html } from './html.js'

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
    /** Titles and leads where no application sent the person. */
    readonly errands: Readonly<Record<Errand, string>>
    readonly errandLeads: Readonly<Record<Errand, string>>
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
    onDevice(client: Html): Html
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
  }
  readonly device: {
    readonly title: string
    readonly lead: string
    readonly label: string
    readonly submit: string
    readonly hint: string
    readonly errors: Readonly<Record<DeviceCodeError, string>>
    /** `age` in seconds. */
    compare(age: number): string
    /** By whether this browser is in the same network. */
    readonly from: Readonly<Record<DeviceOrigin['network'], (where: Html) => Html>>
    readonly warning: string
    readonly danger: string
    readonly done: Readonly<Record<DeviceDoneView['decision'], { readonly title: string; lead(client: Html): Html }>>
  }
  readonly connectedApps: {
    readonly title: string
    readonly lead: string
    readonly none: string
    since(time: Html): Html
    /** Ends one connection. */
    readonly end: string
    /** Ends all of an application. */
    readonly remove: string
    readonly newer: string
    readonly older: string
    readonly done: Readonly<Record<'app' | 'connection', string>>
  }
  readonly problem: { readonly developer: string } & Readonly<Record<PageProblem, Problem>>
  readonly signOut: {
    readonly title: string
    lead(client: Html | undefined, account: Html | undefined): Html
    readonly hint: string
    readonly submit: string
    readonly stay: string
  }
  readonly formPost: { readonly title: string; lead(host: Html): Html; readonly submit: string }
  readonly signedOut: { readonly title: string; readonly lead: string }
  readonly stayed: { readonly title: string; readonly lead: string }
}
