import { isObject } from '../jwt/parse.js'
import { isNumericDate } from '../jwt/time.js'

/** The claims of every access token. RFC 9068 §2.2. */
export interface RegisteredClaims {
  readonly iss: string
  /** The resource owner, or the client itself for its own token. */
  readonly sub: string
  readonly aud: string | readonly string[]
  readonly client_id: string
  readonly jti: string
  /** Epoch seconds. */
  readonly iat: number
  /** Epoch seconds. */
  readonly exp: number
  /** Epoch seconds. */
  readonly nbf?: number
  /** Space-separated, as granted. */
  readonly scope?: string
  /** The grant that the token comes from: all tokens of a revoked grant are refused by this one id. */
  readonly grant_id?: string
  /** When the resource owner signed in, epoch seconds. */
  readonly auth_time?: number
  readonly acr?: string
  readonly amr?: readonly string[]
  /** The key that the token is bound to. RFC 7800 §3. */
  readonly cnf?: Confirmation
  /** Who acts for the subject. RFC 8693 §4.1. */
  readonly act?: Actor
  /** Where the status of the token is published. draft-ietf-oauth-status-list §6.1. */
  readonly status?: Readonly<Record<string, unknown>>
}

/** Who acts for the subject of a token; the actor within it acted before and is told for the record only. RFC 8693 §4.1. */
export interface Actor {
  readonly sub?: string
  readonly act?: Actor
  readonly [name: string]: unknown
}

/** A place in a status list. */
export interface StatusReference {
  readonly index: number
  /** The URI of the list. */
  readonly uri: string
}

/** The key without whose proof a token is worth nothing: one of these, or both. */
export interface Confirmation {
  /** RFC 7638 thumbprint of a DPoP key. RFC 9449 §6.1. */
  readonly jkt?: string
  /** SHA-256 of a client certificate. RFC 8705 §3.1. */
  readonly 'x5t#S256'?: string
}

/** The names that your own claims can't have. */
const REGISTERED: ReadonlySet<string> = /* @__PURE__ */ new Set([
  ...['iss', 'sub', 'aud', 'client_id', 'jti', 'iat', 'exp', 'nbf'],
  ...['scope', 'grant_id', 'auth_time', 'acr', 'amr', 'cnf', 'act', 'status'],
])

export function isRegisteredClaim(name: string): boolean {
  return REGISTERED.has(name)
}

type Claims = Readonly<Record<string, unknown>>
type Mutable<T> = { -readonly [name in keyof T]: T[name] }

/**
 * Reads the registered claims, or tells which one is missing or not what it must be. Pure. Written out, because it runs
 * for each token: going through a table of rules takes ten times as long. The grammar of `scope` is left to who reads it.
 */
export function readRegistered(claims: Claims): RegisteredClaims | { readonly invalid: string } {
  const { iss, sub, aud, client_id, jti, iat, exp } = claims
  if (!isText(iss)) return { invalid: 'iss' }
  if (!isText(sub)) return { invalid: 'sub' }
  if (!isText(aud) && !isTextList(aud)) return { invalid: 'aud' }
  if (!isText(client_id)) return { invalid: 'client_id' }
  if (!isText(jti)) return { invalid: 'jti' }
  if (!isNumericDate(iat)) return { invalid: 'iat' }
  if (!isNumericDate(exp)) return { invalid: 'exp' }
  return addOptional({ iss, sub, aud, client_id, jti, iat, exp }, claims)
}

function addOptional(
  registered: Mutable<RegisteredClaims>,
  { nbf, scope, grant_id, auth_time, acr, amr, cnf, act, status }: Claims,
): RegisteredClaims | { readonly invalid: string } {
  if (scope !== undefined) {
    if (typeof scope !== 'string') return { invalid: 'scope' }
    registered.scope = scope
  }
  if (nbf !== undefined) {
    if (!isNumericDate(nbf)) return { invalid: 'nbf' }
    registered.nbf = nbf
  }
  if (grant_id !== undefined) {
    if (!isText(grant_id)) return { invalid: 'grant_id' }
    registered.grant_id = grant_id
  }
  if (auth_time !== undefined) {
    if (!isNumericDate(auth_time)) return { invalid: 'auth_time' }
    registered.auth_time = auth_time
  }
  if (acr !== undefined) {
    if (!isText(acr)) return { invalid: 'acr' }
    registered.acr = acr
  }
  if (amr !== undefined) {
    if (!isTextList(amr)) return { invalid: 'amr' }
    registered.amr = amr
  }
  if (cnf !== undefined) {
    if (!isConfirmation(cnf)) return { invalid: 'cnf' }
    registered.cnf = cnf
  }
  if (act !== undefined) {
    if (!isActor(act)) return { invalid: 'act' }
    registered.act = act
  }
  if (status !== undefined) {
    if (!isObject(status)) return { invalid: 'status' }
    registered.status = status
  }
  return registered
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length > 0 && value.every(isText)
}

/** A binding of a kind that is not known here could not be checked by anybody, so it is not valid. */
function isConfirmation(value: unknown): value is Confirmation {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const members = Object.entries(value)
  return members.length > 0 && members.every(([name, member]) => isBinding(name) && isText(member))
}

/** Its other members are identity claims of any kind. RFC 8693 §4.1. */
function isActor(value: unknown): value is Actor {
  if (!isObject(value)) return false
  const { sub, act } = value
  return (sub === undefined || isText(sub)) && (act === undefined || isActor(act))
}

function isBinding(name: string): boolean {
  return name === 'jkt' || name === 'x5t#S256'
}

/** All claims beside the registered ones. */
export function readOwn(claims: Claims): Record<string, unknown> {
  const own: Record<string, unknown> = {}
  for (const name of Object.keys(claims)) if (!REGISTERED.has(name)) own[name] = claims[name]
  return own
}
