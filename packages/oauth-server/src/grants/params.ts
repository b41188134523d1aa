import { invalidRequest, type OAuthError } from '../errors.js'
import { type Parameters, single } from '../http/parameters.js'

/** Whether a parameter may have this value. */
type Accept = (value: string) => boolean

/** A code or a token of this server is never as long. */
export const isShort: Accept = (value) => value.length <= 512

/**
 * A parameter that has to be there.
 * @throws {OAuthError} invalid_request when it is missing or not accepted
 */
export function required(form: Parameters, name: string, accept?: Accept): string {
  const value = optional(form, name, accept)
  if (value === undefined) throw malformed(name)
  return value
}

/**
 * A parameter that may be missing.
 * @throws {OAuthError} invalid_request when it is there and not accepted
 */
export function optional(form: Parameters, name: string, accept?: Accept): string | undefined {
  const value = single(form, name)
  if (value !== undefined && accept?.(value) === false) throw malformed(name)
  return value
}

const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/

/** `scope` as the list of its values. RFC 6749 §3.3. */
export function readScope(form: Parameters): readonly string[] | undefined {
  const text = optional(form, 'scope', (value) => SCOPE.test(value))
  return text === undefined ? undefined : [...new Set(text.split(' '))]
}

/** `resource`, as often as it stands. RFC 8707 §2. */
export const readResources = (form: Parameters): readonly string[] => form.get('resource') ?? []

function malformed(name: string): OAuthError {
  return invalidRequest(`The parameter ${name} is missing or malformed.`, `malformed_${name}`)
}
