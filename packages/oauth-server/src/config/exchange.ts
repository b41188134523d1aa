/** What a presented token says, as far as a policy needs it. */
export interface ExchangedToken<S extends string = string, R extends string = string> {
  /** The `sub` of the token. */
  readonly subject: string
  readonly clientId: string
  readonly scope: readonly S[]
  /** The APIs that the token is for. */
  readonly resources: readonly R[]
  /** Who acts for the subject already; those who acted before that one don't count. RFC 8693 §4.1 */
  readonly actor: string | undefined
  /** All of its claims. */
  readonly claims: Readonly<Record<string, unknown>>
}

/** A client wants a token for somebody whose token it presents. RFC 8693 §2.1. */
export interface ExchangeQuestion<S extends string = string, R extends string = string> {
  /** The client that asks. */
  readonly clientId: string
  /** Whose token it is, and whose the new one will be. */
  readonly subject: ExchangedToken<S, R>
  /** Who will act: what the actor token says, or undefined for the client itself. */
  readonly actor: ExchangedToken<S, R> | undefined
  readonly requested: { readonly scope: readonly S[]; readonly resource: R }
}

/** What a policy agrees to. */
export interface ExchangePermission<S extends string = string> {
  /** `delegation`: the new token says who acts, in `act`. `impersonation`: it looks like one that the subject got. RFC 8693 §1.1 */
  readonly kind: 'delegation' | 'impersonation'
  /** What the token carries of what was asked for; values that the subject token lacks are given only when they stand here. @default what was asked for, all of which the subject token has to carry */
  readonly scope?: readonly S[]
  /** Whether the new token may be for an API that the subject token is not for. @default false */
  readonly otherResource?: boolean
  /** Whether the new token is bound to no key though a proof came with the request. @default false */
  readonly unbound?: boolean
}

/** Decides about token exchange; undefined refuses. */
export type ExchangePolicy<S extends string = string, R extends string = string> = (
  question: ExchangeQuestion<S, R>,
) => Promise<ExchangePermission<S> | undefined> | ExchangePermission<S> | undefined
