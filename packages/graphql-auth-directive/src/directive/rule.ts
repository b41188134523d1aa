/** What one `@auth` demands, read from its arguments. */
import { isScopeValue } from '@scopewise/token-core/scope'
import type { Application, Vocabulary } from '../directive.js'
import type { Clause } from '../requirement.js'

/** What one `@auth` demands: all of its parts. Every rule demands a verified token. */
export interface Rule {
  /** The coordinate of the element that carries the directive. */
  readonly element: string
  /** Absent: a token is enough. */
  readonly clause: Clause | undefined
  /** Of these roles one is enough. */
  readonly roles: readonly string[] | undefined
  /** Names of policies, all of which must answer true. */
  readonly policies: readonly string[]
  /** Of these authentication context classes one is enough, the preferred one first. RFC 9470 §3. */
  readonly acr: readonly string[] | undefined
  /** Seconds since the resource owner signed in, at most. RFC 9470 §3. */
  readonly maxAge: number | undefined
}

/** The rule of an `@auth` without arguments. */
export const bareRule = (element: string): Rule => ({
  element,
  clause: undefined,
  roles: undefined,
  policies: [],
  acr: undefined,
  maxAge: undefined,
})

/** Whether two rules stand on one element and demand the same. */
export function isSameRule(a: Rule, b: Rule): boolean {
  const [clause = [], other = []] = [a.clause, b.clause]
  return (
    a.element === b.element &&
    a.maxAge === b.maxAge &&
    isSameList(a.roles, b.roles) &&
    isSameList(a.policies, b.policies) &&
    isSameList(a.acr, b.acr) &&
    clause.length === other.length &&
    clause.every((alternative, at) => isSameList(alternative, other[at]))
  )
}

const isSameList = (some: readonly string[] = [], others: readonly string[] = []): boolean =>
  some.length === others.length && some.every((value, at) => value === others[at])

const ARGUMENTS = ['scope', 'roles', 'policy', 'acr', 'maxAge']

/** Whether an argument of this name is one that `@auth` takes. */
const isAuthArgument = (name: string): boolean => ARGUMENTS.includes(name)

/** Reads one `@auth`. Answers the rule, or what is wrong with it in sentences that say how to mend it. */
export function parseRule(
  application: Application,
  element: string,
  vocabulary: Vocabulary,
): { readonly rule: Rule } | { readonly problems: readonly string[] } {
  const at = `@${application.name}`
  const strangers = [...application.args.keys()].filter((name) => !isAuthArgument(name))
  const scope = readList(application, 'scope')
  const roles = readList(application, 'roles')
  const policies = readList(application, 'policy')
  const acr = readList(application, 'acr')
  const problems = [
    ...strangers.map((name) => `${at} has no argument "${name}". It takes ${ARGUMENTS.join(', ')}.`),
    ...(scope.problem ? [scope.problem] : scope.values.flatMap((text) => refuseScope(text, at, vocabulary))),
    ...(roles.problem ? [roles.problem] : roles.values.flatMap((text) => refuseBlank(text, `${at}(roles:)`))),
    ...(policies.problem ? [policies.problem] : policies.values.flatMap((name) => refusePolicy(name, at, vocabulary))),
    ...(acr.problem ? [acr.problem] : acr.values.flatMap((text) => refuseAcr(text, at))),
    ...refuseMaxAge(application),
  ]
  if (problems.length > 0) return { problems }
  const maxAge = application.args.get('maxAge')
  return {
    rule: vocabulary.intern({
      element,
      clause: scope.values.length > 0 ? scope.values.map((text) => text.split(' ')) : undefined,
      roles: roles.values.length > 0 ? [...new Set(roles.values)] : undefined,
      policies: [...new Set(policies.values)],
      acr: acr.values.length > 0 ? [...new Set(acr.values)] : undefined,
      maxAge: typeof maxAge === 'number' ? maxAge : undefined,
    }),
  }
}

/** A list of strings, or one string for a list of one as GraphQL coerces it. Written but empty is never "nothing". */
function readList({ name, args }: Application, argument: string): { values: readonly string[]; problem?: string } {
  if (!args.has(argument)) return { values: [] }
  const value = args.get(argument)
  if (value === undefined) return { values: [] }
  const values: readonly unknown[] = Array.isArray(value) ? value : [value]
  if (!values.every((item) => typeof item === 'string'))
    return { values: [], problem: `@${name}(${argument}:) takes strings. Leave the argument out to demand none.` }
  if (values.length === 0)
    return { values, problem: `@${name}(${argument}: []) names nothing. Name one, or leave the argument out.` }
  return { values }
}

/** Says what is wrong with one string of `scope:`. */
export function refuseScope(text: string, at: string, { scopes }: Pick<Vocabulary, 'scopes'>): readonly string[] {
  if (text.trim() === '') return [`${at} has a blank scope. Name a scope, or write ${at} alone to demand a token only.`]
  return text.split(' ').flatMap((value) => {
    if (value === '') return [`${at} has the scope ${quote(text)} with a stray space. Put one space between values.`]
    if (!isScopeValue(value))
      return [`${at} has the scope ${quote(value)}, which holds characters that RFC 6749 §3.3 does not allow.`]
    if (!scopes.has(value))
      return [`${at} demands ${quote(value)}, which is not declared. Declare it in defineScopes or mend the spelling.`]
    return []
  })
}

function refuseBlank(text: string, at: string): readonly string[] {
  return text.trim() === '' ? [`${at} has a blank entry. Name one, or leave the argument out.`] : []
}

function refuseAcr(text: string, at: string): readonly string[] {
  const blank = refuseBlank(text, `${at}(acr:)`)
  // RFC 9470 §3: acr_values is a space-separated list, so a value can't hold a space.
  if (blank.length > 0 || /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(text)) return blank
  return [`${at}(acr:) has ${quote(text)}. Write one authentication context class per string, without spaces.`]
}

function refuseMaxAge({ name, args }: Application): readonly string[] {
  const value = args.get('maxAge')
  if (value === undefined) return []
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return []
  return [`@${name}(maxAge:) takes a whole number of seconds above 0. Leave the argument out to demand none.`]
}

function refusePolicy(name: string, at: string, { policies }: Vocabulary): readonly string[] {
  if (policies.has(name)) return []
  const known = [...policies.keys()].join(', ') || 'none'
  return [`${at} names the policy ${quote(name)}, which createAuth({ policies }) does not have. It has: ${known}.`]
}

const quote = (text: string): string => JSON.stringify(text)
