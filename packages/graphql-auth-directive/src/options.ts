/** Reads what createAuth is given, once, and complains in sentences. */
import type { AccessTokenType } from '@scopewise/token-core'
import type { DirectiveNames } from './directive.js'
import { AuthDirectiveError } from './errors.js'
import { type AnyPolicy, type Policy, type PolicyHelpers, policyHelpers } from './policy.js'

/** What {@link createAuth} takes. */
export interface AuthOptions<S extends string, C, Context> {
  readonly token: AccessTokenType<S, C>
  /**
   * What a field without directives demands. `deny`: each root field must carry `@auth` or `@public`, itself or by its
   * type, and any other field demands a token unless it or its type is `@public`. `allow`: nothing.
   * @default 'deny'
   */
  readonly default?: 'deny' | 'allow'
  /** Predicates that `@auth(policy:)` may name. Annotate the parameter to type your context: see {@link PolicyHelpersFor}. */
  readonly policies?: (policy: PolicyHelpers<C, S, Context>) => Readonly<Record<string, Policy<C, S, Context>>>
  /** The name of the directive in your schema. `@public` keeps its name. @default 'auth' */
  readonly directiveName?: string
  /** Seconds until a policy that has not answered denies. @default 5 */
  readonly policyTimeout?: number
  /** Operations beyond these are refused unseen. */
  readonly limits?: {
    /** Selections, each counted once per object type it may be on. @default 100000 */
    readonly selections?: number
    /** Nested selection sets, fragments included. @default 200 */
    readonly depth?: number
  }
}

/** The options, checked and complete. */
export interface Settings {
  readonly scopes: AccessTokenType<string, unknown>['scopes']
  readonly isDefaultDeny: boolean
  readonly names: DirectiveNames
  /** The ones of createAuth, and those that stand for alternatives of them. */
  readonly policies: Map<string, AnyPolicy>
  /** Seconds. */
  readonly policyTimeout: number
  readonly limits: { readonly selections: number; readonly depth: number }
}

const PUBLIC = 'public'

/** @throws {AuthDirectiveError} invalid_options */
export function parseOptions<S extends string, C, Context>(options: AuthOptions<S, C, Context>): Settings {
  const { token, default: fallback = 'deny', directiveName = 'auth', policyTimeout = 5, limits = {} } = options
  // Typed callers can't get here with anything else; plain JavaScript can.
  if (token?.['~scopewise'] !== 'access-token-type')
    throw invalid('createAuth needs `token`: what defineAccessToken({ scopes, … }) gives.')
  if (fallback !== 'deny' && fallback !== 'allow') throw invalid("createAuth takes `default: 'deny'` or `'allow'`.")
  if (!/^[A-Za-z][A-Za-z0-9_]*$/.test(directiveName) || directiveName === PUBLIC)
    throw invalid('createAuth needs `directiveName` to be a GraphQL name other than "public", without the @.')
  const { selections = 100_000, depth = 200 } = limits
  for (const [name, value] of Object.entries({ policyTimeout, selections, depth }))
    if (!(Number.isFinite(value) && value > 0)) throw invalid(`createAuth needs \`${name}\` to be a number above 0.`)
  return {
    scopes: token.scopes,
    isDefaultDeny: fallback === 'deny',
    names: { auth: directiveName, public: PUBLIC },
    policies: readPolicies(options),
    policyTimeout,
    limits: { selections, depth },
  }
}

function readPolicies<S extends string, C, Context>({ policies }: AuthOptions<S, C, Context>): Map<string, AnyPolicy> {
  // The helpers hold no types at run time: what they make fits any.
  const helpers = policyHelpers as unknown as PolicyHelpers<C, S, Context>
  const named = Object.entries(policies?.(helpers) ?? {})
  for (const [name, policy] of named)
    if (policy?.['~scopewise'] !== 'policy')
      throw invalid(`The policy "${name}" is not made by policy.operation, policy.field or policy.object.`)
  return new Map(named)
}

/** A complaint about options. */
export const invalid = (message: string): AuthDirectiveError => new AuthDirectiveError('invalid_options', message)
