import type { Parameters } from '../http/parameters.js'

/** What a request presents to authenticate its client. */
interface Credentials {
  readonly clientId: string
  /** Undefined for a method without a secret. */
  readonly secret: string | undefined
}

/** Finds a method's credentials in a request; undefined when it was not used, `malformed` when it was used wrongly. */
export type ReadCredentials = (headers: Headers, form: Parameters) => Credentials | 'malformed' | undefined
