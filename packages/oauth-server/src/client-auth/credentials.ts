import type { Client } from '../config/client.js'
import type { Context } from '../context.js'
import type { Parameters } from '../http/parameters.js'

/** What a request presents to authenticate its client. */
export interface Credentials {
  readonly clientId: string
  readonly secret?: string
  readonly assertion?: string
}

/** Finds a method's credentials in a request; undefined when it was not used, `malformed` when it was used wrongly. */
export type ReadCredentials = (headers: Headers, form: Parameters) => Credentials | 'malformed' | undefined

/** A row of the table of client authentication methods. */
export interface ClientAuthentication {
  readonly read: ReadCredentials
  /** Why the credentials prove nothing, or undefined. The client is undefined where there is none that uses this method. */
  readonly refuse: (
    credentials: Credentials,
    client: Client | undefined,
    context: Context,
  ) => Promise<string | undefined> | string | undefined
}
