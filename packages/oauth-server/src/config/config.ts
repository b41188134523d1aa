import type { AccessTokenType } from '@scopewise/token-core'
import type * as z from 'zod'
import { invalidConfiguration } from '../errors.js'
import { memoryStore } from '../storage/memory.js'
import type { Store } from '../storage/store.js'
import { type Seconds, systemClock } from '../time.js'
import { type ClientRules, type ConfiguredClients, createClients } from './clients.js'
import { describeIssue } from './describe-issue.js'
import type { ExchangePolicy } from './exchange.js'
import type { Login } from './login.js'
import { isOidcScope, OIDC_SCOPES, SERVER_SCOPES } from './oidc-scopes.js'
import { type Operations, readOperations } from './operations-config.js'
import type {
  AllowQuestion,
  AuthorizationServerOptions,
  ClaimsQuestion,
  Lifetimes,
  ResourceOptions,
  UserClaimsQuestion,
} from './options.js'
import type { Pages } from './pages.js'
import { isLoopbackHttp } from './redirect-uris.js'
import { lookupOptionsSchema, optionsSchema, type ParsedOptions } from './schema.js'

type Awaitable<T> = T | Promise<T>

/** The options after they were read once: frozen, every default filled in. The declared scopes and claims are erased to strings and unknown here. */
export interface Config {
  readonly issuer: string
  /** The path of the issuer without a slash at its end: '' for most. */
  readonly basePath: string
  readonly origin: string
  /** Whether cookies can be Secure. */
  readonly secure: boolean
  readonly token: AccessTokenType<string, unknown>
  /** Every scope value that exists here: the declared ones and those of OpenID Connect. */
  readonly scopeValues: readonly string[]
  describeScope(value: string, languages: readonly string[]): string
  readonly resources: ReadonlyMap<string, ReadonlySet<string>>
  /** Those whose access tokens are opaque. */
  readonly opaqueResources: ReadonlySet<string>
  readonly defaultResource: string | undefined
  /** What the configuration itself says; the context's `clients` knows all of them. */
  readonly clients: ConfiguredClients
  readonly clientRules: ClientRules
  readonly operations: Operations
  readonly login: Login
  readonly pages: Pages
  readonly allow: ((question: AllowQuestion) => Awaitable<readonly string[]>) | undefined
  readonly claims: ((question: ClaimsQuestion) => Awaitable<unknown>) | undefined
  readonly userClaims: ((question: UserClaimsQuestion) => Awaitable<Readonly<Record<string, unknown>>>) | undefined
  readonly exchange: ExchangePolicy | undefined
  readonly dpopNonces: boolean
  readonly requirePushedAuthorizationRequests: boolean
  readonly acrValues: readonly string[]
  readonly store: Store
  readonly secrets: readonly [string, ...string[]] | undefined
  readonly lifetimes: Readonly<Required<Lifetimes>>
  readonly now: () => Seconds
}

/**
 * Reads the options once.
 * @throws {OAuthError} invalid_configuration with a sentence that says which option is wrong and how to mend it.
 */
export function createConfig<S extends string, C, R extends Readonly<Record<string, ResourceOptions<NoInfer<S>>>>>(
  options: AuthorizationServerOptions<S, C, R>,
): Config {
  const schema = typeof options?.clients === 'function' ? lookupOptionsSchema : optionsSchema
  const result = schema.safeParse(options)
  if (!result.success) throw wrongOption(result.error)
  const parsed = result.data
  const url = new URL(parsed.issuer)
  // The typed options say what the schema can't: what the functions take and give. Inside, scopes are strings and claims unknown.
  const erased = options as unknown as AuthorizationServerOptions<
    string,
    unknown,
    Readonly<Record<string, ResourceOptions>>
  >
  const { token } = erased
  const declared = token.scopes.values
  const scopeValues = [...new Set([...Object.keys(OIDC_SCOPES), ...declared])]
  checkScopes(parsed, declared, scopeValues)
  const store = erased.store ?? memoryStore()
  const clientRules = {
    scopeValues,
    defaultScope: parsed.defaultScope,
    issuerIsLoopback: isLoopbackHttp(url),
    resources: new Set(Object.keys(parsed.resources)),
    hasExchange: parsed.exchange !== undefined,
    requirePushedAuthorizationRequests: parsed.requirePushedAuthorizationRequests,
  }
  return Object.freeze({
    issuer: parsed.issuer,
    basePath: url.pathname === '/' ? '' : url.pathname,
    origin: url.origin,
    secure: url.protocol === 'https:',
    token,
    scopeValues,
    describeScope: (value: string, languages: readonly string[]) => describeScope(token, value, languages),
    resources: new Map(Object.entries(parsed.resources).map(([resource, { scopes }]) => [resource, new Set(scopes)])),
    opaqueResources: opaqueResources(parsed),
    defaultResource: defaultResource(parsed),
    clients: createClients(parsed.clients, clientRules),
    clientRules,
    operations: readOperations(erased, parsed, clientRules),
    login: erased.login,
    pages: Object.freeze({ ...erased.pages }),
    allow: erased.allow,
    claims: erased.claims,
    userClaims: erased.userClaims,
    exchange: erased.exchange,
    dpopNonces: parsed.dpopNonces,
    requirePushedAuthorizationRequests: parsed.requirePushedAuthorizationRequests,
    acrValues: parsed.acrValues,
    store,
    secrets: readSecrets(parsed, store),
    lifetimes: parsed.lifetimes,
    now: erased.now ?? systemClock,
  })
}

function wrongOption(error: z.ZodError): Error {
  const { where, what } = describeIssue(error)
  return invalidConfiguration(`createAuthorizationServer: the ${where ? `option ${where}` : 'options'}: ${what}.`)
}

function checkScopes(
  { resources, defaultScope }: ParsedOptions,
  declared: readonly string[],
  known: readonly string[],
): void {
  for (const [resource, { scopes }] of Object.entries(resources)) {
    const stranger = scopes.find((value) => !declared.includes(value))
    if (stranger)
      throw invalidConfiguration(
        `createAuthorizationServer: resources['${resource}'] names ${stranger}, which defineScopes() does not declare.`,
      )
  }
  const misplaced = Object.values(resources)
    .flatMap(({ scopes }) => scopes)
    .find((value) => SERVER_SCOPES.has(value))
  if (misplaced) {
    throw invalidConfiguration(
      `createAuthorizationServer: take ${misplaced} out of resources: it speaks to this server and never stands in an access token.`,
    )
  }
  const stranger = defaultScope.find((value) => !known.includes(value))
  if (stranger)
    throw invalidConfiguration(
      `createAuthorizationServer: defaultScope names ${stranger}, which defineScopes() does not declare.`,
    )
}

const opaqueResources = ({ resources }: ParsedOptions): ReadonlySet<string> =>
  new Set(Object.keys(resources).filter((resource) => resources[resource]?.format === 'opaque'))

function defaultResource(options: ParsedOptions): string | undefined {
  const resources = Object.keys(options.resources)
  if (options.defaultResource === undefined) return resources.length === 1 ? resources[0] : undefined
  if (resources.includes(options.defaultResource)) return options.defaultResource
  throw invalidConfiguration('createAuthorizationServer: defaultResource has to be one of the keys of resources.')
}

function readSecrets({ secret }: ParsedOptions, store: Store): readonly [string, ...string[]] | undefined {
  const [current, ...older] = typeof secret === 'string' ? [secret] : (secret ?? [])
  if (current !== undefined) return [current, ...older]
  if (store.durability === 'memory') return undefined
  throw invalidConfiguration(
    'createAuthorizationServer: a store that outlives the process needs the option secret: at least 32 random characters, the same at every start and kept outside the store.',
  )
}

function describeScope(token: AccessTokenType<string, unknown>, value: string, languages: readonly string[]): string {
  const declared: boolean = token.scopes.has(value)
  if (declared || !isOidcScope(value)) return token.scopes.describe(value, languages)
  const texts: Readonly<Record<string, string>> = OIDC_SCOPES[value]
  return languages.map((language) => texts[language]).find((text) => text !== undefined) ?? OIDC_SCOPES[value].en
}
