import { invalidConfiguration } from '../errors.js'
import { type Block, parseBlock } from '../network/address.js'
import type { DocumentFetcher } from '../network/guarded-fetch.js'
import { canPin } from '../network/pinned-exchange.js'
import type { Seconds } from '../time.js'
import type { ClientRules } from './clients.js'
import { OIDC_SCOPES } from './oidc-scopes.js'
import type { OperationsOptions, Profile, RegistrationQuestion } from './operations.js'
import type { ParsedOptions } from './schema.js'

type Awaitable<T> = T | Promise<T>

/** What clients that describe themselves may get. */
interface SelfDescribed<Q> {
  readonly allow: (question: Q) => Awaitable<boolean>
  readonly scope: ReadonlySet<string>
}

/** The part of the configuration about who may be a client, and how the server stands up to abuse. */
export interface Operations {
  readonly registration: (SelfDescribed<RegistrationQuestion> & { readonly secretLifetime: Seconds }) | undefined
  readonly clientMetadataDocuments: SelfDescribed<string> | undefined
  readonly outbound: { readonly fetcher: DocumentFetcher | undefined; readonly ports: readonly number[] }
  readonly trustedProxies: readonly Block[]
  readonly clientAddress: ((request: Request) => string | undefined) | undefined
  readonly describeAddress: OperationsOptions<string>['describeAddress']
  readonly profile: Profile
}

export function readOperations(
  options: OperationsOptions<string>,
  parsed: ParsedOptions,
  { scopeValues, defaultScope }: ClientRules,
): Operations {
  const scopeOf = (name: string, scope: readonly string[] | undefined): ReadonlySet<string> => {
    const stranger = scope?.find((value) => !scopeValues.includes(value))
    if (stranger)
      throw invalidConfiguration(
        `createAuthorizationServer: ${name}.scope names ${stranger}, which defineScopes() does not declare.`,
      )
    return new Set(scope ?? [...Object.keys(OIDC_SCOPES), ...defaultScope])
  }
  const { registration, clientMetadataDocuments: documents = parsed.profile === 'mcp' } = options
  if (parsed.profile === 'mcp' && defaultScope.length === 0)
    throw invalidConfiguration(
      'createAuthorizationServer: the profile mcp needs defaultScope, since its clients may ask without a scope.',
    )
  const outbound = { fetcher: options.outbound?.fetch, ports: parsed.outbound.ports }
  const documentOptions = typeof documents === 'object' ? documents : {}
  if (documents !== false) requirePinning('clientMetadataDocuments', outbound.fetcher)
  return {
    registration: registration && {
      allow: registration.allow ?? (() => true),
      scope: scopeOf('registration', registration.scope),
      secretLifetime: registration.secretLifetime ?? 0,
    },
    clientMetadataDocuments:
      documents === false
        ? undefined
        : {
            allow: documentOptions.allow ?? (() => true),
            scope: scopeOf('clientMetadataDocuments', documentOptions.scope),
          },
    outbound,
    trustedProxies: parsed.trustedProxies.flatMap((text) => parseBlock(text) ?? []),
    clientAddress: options.clientAddress,
    describeAddress: options.describeAddress,
    profile: parsed.profile,
  }
}

/**
 * MD-05: where a connection can't be pinned to the address that was checked, a name may mean another address a moment later.
 * @throws {OAuthError} invalid_configuration when this runtime needs a fetcher of its own and has none
 */
function requirePinning(feature: string, fetcher: DocumentFetcher | undefined): void {
  if (fetcher || canPin()) return
  throw invalidConfiguration(
    `createAuthorizationServer: ${feature} fetches documents from addresses that strangers name, and this runtime can not be told which address to connect to. Hand in outbound: { fetch } that can not reach private addresses.`,
  )
}
