import * as z from 'zod'
import { parseBlock } from '../network/address.js'
import type { DocumentFetcher } from '../network/guarded-fetch.js'
import type { Seconds } from '../time.js'
import type { OidcScope } from './oidc-scopes.js'
import type { Language } from './pages.js'
import { func, scopeList, seconds, YEARS } from './schema-parts.js'

/** What a client asks for when it registers itself. */
export interface RegistrationQuestion {
  /** The bearer token that came with the request, if any: an initial access token. RFC 7591 §3. */
  readonly initialAccessToken: string | undefined
  /** The metadata as they came, unchecked. */
  readonly metadata: Readonly<Record<string, unknown>>
  /** Method, URL and headers. */
  readonly request: Request
}

export interface RegistrationOptions<S extends string = string> {
  /** Says who may register. What it throws is no permission. @default everybody */
  readonly allow?: (question: RegistrationQuestion) => Promise<boolean> | boolean
  /** All that such a client may ever ask for. @default the server's defaultScope, with the scopes of OpenID Connect */
  readonly scope?: readonly (S | OidcScope)[]
  /** Seconds after which its secret ends; 0 for never. @default 0 */
  readonly secretLifetime?: Seconds
}

export interface ClientMetadataDocumentOptions<S extends string = string> {
  /** Says whose documents count, by their URL. @default everybody's */
  readonly allow?: (clientId: string) => Promise<boolean> | boolean
  /** All that such a client may ever ask for. @default the server's defaultScope, with the scopes of OpenID Connect */
  readonly scope?: readonly (S | OidcScope)[]
}

/** How this server asks other hosts for documents that clients name: metadata documents, `jwks_uri`. */
export interface OutboundOptions {
  /**
   * Used in place of node:https. Needed where the runtime can't be told which address to connect to (anything but Node), and then
   * it has to keep private addresses out of reach by itself: an egress proxy, or a platform without a private network.
   */
  readonly fetch?: DocumentFetcher
  /** Ports beside 443. @default none */
  readonly ports?: readonly number[]
}

const PROFILES = ['oauth2.1', 'oidc', 'mcp'] as const
export type Profile = (typeof PROFILES)[number]

/** What decides who may be a client, and how a server stands up to abuse. */
export interface OperationsOptions<S extends string> {
  /** Lets clients register themselves. RFC 7591, RFC 7592. @default off */
  readonly registration?: RegistrationOptions<S>
  /** Takes an https URL as clientId, where the client's metadata are. @default off; on in the profile `mcp` */
  readonly clientMetadataDocuments?: ClientMetadataDocumentOptions<S> | boolean
  readonly outbound?: OutboundOptions
  /**
   * Addresses or blocks (`10.0.0.0/8`) of the proxies in front of this server: only what they say in X-Forwarded-For counts as the address
   * of who asks. @default none: the address of the connection counts
   */
  readonly trustedProxies?: readonly string[]
  /** Where the address of the connection is found, on a platform that this server does not know. @default what the handler of `./node`, Bun and Deno under srvx tell */
  readonly clientAddress?: (request: Request) => string | undefined
  /**
   * Names the place of an address in the words of the person who reads it, such as `Berlin, Germany`: for the page where a device is
   * allowed, which shows where the device asked from. @default the address alone is shown
   */
  readonly describeAddress?: (address: string, language: Language) => Promise<string | undefined> | string | undefined
  /** Tightens what the options allow, and never loosens it. @default `oauth2.1` */
  readonly profile?: Profile
}

const selfDescribed = { allow: func.optional(), scope: scopeList.optional() }
const port = z.int().min(1).max(65_535)

export const operationsSchema = {
  registration: z.strictObject({ ...selfDescribed, secretLifetime: seconds(YEARS, 0).default(0) }).optional(),
  clientMetadataDocuments: z
    .union([z.boolean(), z.strictObject(selfDescribed)], 'has to be true, false or { allow, scope }')
    .optional(),
  outbound: z.strictObject({ fetch: func.optional(), ports: z.array(port).default([]) }).prefault({}),
  trustedProxies: z
    .array(
      z.string().refine((text) => parseBlock(text) !== undefined, 'has to be an address or a block such as 10.0.0.0/8'),
    )
    .default([]),
  clientAddress: func.optional(),
  describeAddress: func.optional(),
  profile: z.enum(PROFILES).default('oauth2.1'),
} as const
