/** Reads `@authenticated`, `@requiresScopes` and `@policy` of Apollo Federation as `@auth`. */
import type { Application, DirectiveNames } from '../directive.js'
import type { FederationNames, Meaning } from './names.js'

/** Gives one name to alternatives of policies, each of which is a list that must hold as a whole. */
export type NamePolicies = (alternatives: readonly (readonly string[])[]) => string

/** Creates a translation of applied directives for one schema. */
export function createTranslation(
  names: DirectiveNames,
  { linked, usual }: FederationNames,
  namePolicies: NamePolicies,
): (application: Application) => Application {
  const ours = new Set([names.auth, names.public])
  const meaningOf = ({ name, args }: Application): Meaning | undefined => {
    const meaning = linked.get(name) ?? (ours.has(name) ? undefined : usual.get(name))
    // A directive of that name but of other arguments is somebody else's, unless the schema links it.
    const argument = meaning && ARGUMENTS[meaning]
    return linked.has(name) || argument === undefined || args.has(argument) ? meaning : undefined
  }
  return (application) => {
    const meaning = meaningOf(application)
    if (!meaning) return application
    const { args } = application
    const auth = (...own: readonly (readonly [string, unknown])[]) => ({ name: names.auth, args: new Map(own) })
    switch (meaning) {
      case 'authenticated':
        return auth()
      case 'requiresScopes':
        // Both levels are coerced as GraphQL does it. An empty one stays empty, which is refused where it is parsed.
        return auth(['scope', listOf(args.get('scopes')).map((scopes) => joinScopes(listOf(scopes)))])
      case 'policy':
        return auth(['policy', readPolicies(args.get('policies'), namePolicies)])
    }
  }
}

const ARGUMENTS: Readonly<Record<Meaning, string | undefined>> = {
  authenticated: undefined,
  requiresScopes: 'scopes',
  policy: 'policies',
}

function joinScopes(scopes: readonly unknown[]): unknown {
  return scopes.every((scope) => typeof scope === 'string') ? scopes.join(' ') : scopes
}

/** One alternative is a list of policies that must all hold; several need a name together. */
function readPolicies(value: unknown, namePolicies: NamePolicies): unknown {
  const alternatives = listOf(value).map((one) => listOf(one))
  const isText = (one: readonly unknown[]): one is readonly string[] => one.every((name) => typeof name === 'string')
  if (!alternatives.every(isText) || alternatives.some((one) => one.length === 0)) return alternatives
  return alternatives.length < 2 ? alternatives.flat() : [namePolicies(alternatives)]
}

const listOf = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? value : value === undefined ? [] : [value]
