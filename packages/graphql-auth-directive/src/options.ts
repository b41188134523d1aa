/** Reads what createAuth is given, once, and complains in sentences. */
import type { AccessTokenClaims, AccessTokenType } from '@scopewise/token-core'
import type { GraphQLSchema } from 'graphql'
import { refuseScope } from './directive/rule.js'
import type { DirectiveNames } from './directive.js'
import { AuthDirectiveError } from './errors.js'
import { type AnyPolicy, type AnyToken, type Policy, type PolicyHelpers, policyHelpers } from './policy.js'
import type { Clause } from './requirement.js'

/**
 * Where a list stands in the claims: the name of a claim, or a function that reads it. The value is a list of strings,
 * or one string with spaces between. Anything else, and a function that throws, holds nothing.
 */
export type ClaimSource<C> = (keyof AccessTokenClaims<C> & string) | ((claims: AccessTokenClaims<C>) => unknown)

/**
 * Answers the part of a schema that a token may see, for introspection. `filterIntrospection` of `./tools` is one.
 * `auth` is the one that asks.
 */
export type IntrospectionFilter = (schema: GraphQLSchema, token: AnyToken | undefined, auth: object) => GraphQLSchema

/** What {@link createAuth} takes. */
export interface AuthOptions<S extends string, C, Context> {
  readonly token: AccessTokenType<S, C>
  /**
   * What a field without directives demands. `deny`: each root field must carry `@auth` or `@public`, itself or by its
   * type, and any other field demands a token unless it or its type is `@public`. `allow`: nothing.
   * @default 'deny'
   */
  readonly default?: 'deny' | 'allow'
  /**
   * What a denial does. `reject`: the operation is refused. `null`: the denied fields of a query are null, with an
   * error each; mutations and subscriptions are refused. `dryRun`: nothing is refused, and `extensions.auth` lists what
   * would be. A token that fails verification is refused in each mode.
   * @default 'reject'
   */
  readonly mode?: 'reject' | 'null' | 'dryRun'
  /**
   * Who answers for the members of interfaces and unions. `strict`: before the operation runs, all that may turn up.
   * `runtime`: while it runs, those that do turn up; what the interface itself demands is decided before.
   * @default 'strict'
   */
  readonly abstract?: 'strict' | 'runtime'
  /**
   * Whether `__typename` on an interface or a union is free: it tells that an object exists, and of which type.
   * `charge`: it demands what each possible type does.
   * @default 'free'
   */
  readonly abstractTypename?: 'free' | 'charge'
  /**
   * Who may ask for `__schema` and `__type`. A scope is written as in `@auth(scope:)`; a function answers the schema
   * that is shown. Demands of the root type count in each case.
   * @default 'on'
   */
  readonly introspection?: 'on' | 'off' | { readonly scope: NoInfer<S> | readonly NoInfer<S>[] } | IntrospectionFilter
  /** Predicates that `@auth(policy:)` may name. Annotate the parameter to type your context: see {@link PolicyHelpersFor}. */
  readonly policies?: (policy: PolicyHelpers<C, S, Context>) => Readonly<Record<string, Policy<C, S, Context>>>
  /** Where scope values and roles stand. */
  readonly claims?: {
    /** @default the `scope` claim, RFC 9068 §2.2.3 */
    readonly scope?: ClaimSource<NoInfer<C>>
    /** @default 'roles', RFC 9068 §2.2.3.1 */
    readonly roles?: ClaimSource<NoInfer<C>>
  }
  /**
   * What errors tell. `full`: the element, what it demands, and what is missing. `code`: the code and the challenge,
   * which name scope values but no elements of the schema.
   * @default 'full'
   */
  readonly errors?: 'full' | 'code'
  /** The name of the directive in your schema. `@public` keeps its name. @default 'auth' */
  readonly directiveName?: string
  /** Seconds until a policy that has not answered denies. @default 5 */
  readonly policyTimeout?: number
  /** Epoch seconds; `maxAge` is held against it. @default the clock of the machine */
  readonly now?: () => number
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
  readonly mode: 'reject' | 'null' | 'dryRun'
  readonly isRuntime: boolean
  readonly chargesTypename: boolean
  readonly introspection: Introspection
  readonly isHidden: boolean
  readonly names: DirectiveNames
  /** The ones of createAuth, and those that stand for alternatives of them. */
  readonly policies: Map<string, AnyPolicy>
  readonly readScope: ReadClaim | undefined
  readonly readRoles: ReadClaim
  /** Seconds. */
  readonly policyTimeout: number
  /** Epoch seconds. */
  readonly now: () => number
  readonly limits: { readonly selections: number; readonly depth: number }
}

/** Reads something from claims. */
export type ReadClaim = (claims: Readonly<Record<string, unknown>>) => unknown

/** Who may introspect. */
export type Introspection =
  | { readonly kind: 'on' | 'off' }
  | { readonly kind: 'scope'; readonly clause: Clause }
  | { readonly kind: 'filter'; readonly filter: IntrospectionFilter }

const PUBLIC = 'public'
const DEFAULT_ROLES = 'roles'

/** @throws {AuthDirectiveError} invalid_options */
export function parseOptions<S extends string, C, Context>(options: AuthOptions<S, C, Context>): Settings {
  const { token, directiveName = 'auth', policyTimeout = 5, limits = {}, claims = {} } = options
  // Typed callers can't get here with anything else; plain JavaScript can.
  if (token?.['~scopewise'] !== 'access-token-type')
    throw invalid('createAuth needs `token`: what defineAccessToken({ scopes, … }) gives.')
  if (!/^[A-Za-z][A-Za-z0-9_]*$/.test(directiveName) || directiveName === PUBLIC)
    throw invalid('createAuth needs `directiveName` to be a GraphQL name other than "public", without the @.')
  const { selections = 100_000, depth = 200 } = limits
  for (const [name, value] of Object.entries({ policyTimeout, selections, depth }))
    if (!(Number.isFinite(value) && value > 0)) throw invalid(`createAuth needs \`${name}\` to be a number above 0.`)
  return {
    scopes: token.scopes,
    isDefaultDeny: readChoice('default', options.default, ['deny', 'allow']) === 'deny',
    mode: readChoice('mode', options.mode, ['reject', 'null', 'dryRun']),
    isRuntime: readChoice('abstract', options.abstract, ['strict', 'runtime']) === 'runtime',
    chargesTypename: readChoice('abstractTypename', options.abstractTypename, ['free', 'charge']) === 'charge',
    introspection: readIntrospection(options),
    isHidden: readChoice('errors', options.errors, ['full', 'code']) === 'code',
    names: { auth: directiveName, public: PUBLIC },
    policies: readPolicies(options),
    readScope: claims.scope === undefined ? undefined : readClaimSource('scope', claims.scope),
    readRoles: readClaimSource('roles', claims.roles ?? DEFAULT_ROLES),
    policyTimeout,
    now: options.now ?? (() => Date.now() / 1000),
    limits: { selections, depth },
  }
}

/** Reads an option that is one of some words, the first by default. */
function readChoice<T extends string>(name: string, value: T | undefined, choices: readonly [T, ...T[]]): T {
  const chosen = value ?? choices[0]
  if (choices.includes(chosen)) return chosen
  throw invalid(`createAuth takes \`${name}: ${choices.map((choice) => `'${choice}'`).join('` or `')}\`.`)
}

function readIntrospection<S extends string, C, Context>({
  introspection = 'on',
  token,
}: AuthOptions<S, C, Context>): Introspection {
  if (introspection === 'on' || introspection === 'off') return { kind: introspection }
  if (typeof introspection === 'function') return { kind: 'filter', filter: introspection }
  const scope: unknown = introspection?.scope
  const texts: readonly unknown[] = Array.isArray(scope) ? scope : [scope]
  const strings = texts.filter((text) => typeof text === 'string')
  if (strings.length === 0 || strings.length < texts.length)
    throw invalid("createAuth takes `introspection`: 'on', 'off', { scope } or a function that filters the schema.")
  const [problem] = strings.flatMap((text) => refuseScope(text, 'introspection', token))
  if (problem !== undefined) throw invalid(problem)
  return { kind: 'scope', clause: strings.map((text) => text.split(' ')) }
}

function readClaimSource<C>(name: string, source: ClaimSource<C> | typeof DEFAULT_ROLES): ReadClaim {
  if (typeof source === 'string') return (claims) => (Object.hasOwn(claims, source) ? claims[source] : undefined)
  if (typeof source !== 'function')
    throw invalid(`createAuth takes \`claims.${name}\`: the name of a claim, or a function of the claims.`)
  // The claims of a token of this type: its verifier checked them.
  return source as ReadClaim
}

function readPolicies<S extends string, C, Context>({ policies }: AuthOptions<S, C, Context>): Map<string, AnyPolicy> {
  // The helpers hold no types at run time: what they make fits any.
  const helpers = policyHelpers as unknown as PolicyHelpers<C, S, Context>
  const named = Object.entries(policies?.(helpers) ?? {})
  for (const [name, policy] of named)
    if (policy?.['~scopewise'] !== 'policy')
      throw invalid(
        `The policy "${name}" is not made by policy.operation, policy.field, policy.object or policy.objects.`,
      )
  return new Map(named)
}

/** A complaint about options. */
export const invalid = (message: string): AuthDirectiveError => new AuthDirectiveError('invalid_options', message)
