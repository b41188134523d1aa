import * as z from 'zod'
import type { Proof } from '../client-auth/proof.js'
import type { Client, GrantType } from '../config/client.js'
import type { Config } from '../config/config.js'
import type { Context } from '../context.js'
import { invalidRequest } from '../errors.js'
import { type Parameters, toRecord } from '../http/parameters.js'
import type { TokenResponse } from '../tokens/mint.js'

/** A token request whose client is authenticated and whose parameters are read. */
export interface TokenRequest<P> {
  readonly params: P
  readonly client: Client
  /** The key that new tokens are bound to, if any. Used up by the grant, last before its transition. */
  readonly proof: Proof
  readonly context: Context
}

/** A row of the table of grants. */
export interface Grant {
  readonly grantType: GrantType
  /** Where it exists only when it is configured. @default always */
  readonly isEnabled?: ((config: Config) => boolean) | undefined
  /** @throws {OAuthError} invalid_request when a parameter is missing or malformed, and what the grant itself refuses */
  handle(parameters: Parameters, client: Client, proof: Proof, context: Context): Promise<TokenResponse>
}

/** Defines a grant: its parameters are parsed here, once, before it sees them. RFC 6749 §4.5. */
export function defineGrant<P>({
  grantType,
  isEnabled,
  params,
  handle,
}: {
  grantType: GrantType
  isEnabled?: (config: Config) => boolean
  params: z.ZodType<P>
  handle(request: TokenRequest<P>): Promise<TokenResponse>
}): Grant {
  return {
    grantType,
    isEnabled,
    async handle(parameters, client, proof, context) {
      const result = params.safeParse(toRecord(parameters))
      if (result.success) return handle({ params: result.data, client, proof, context })
      const name = String(result.error.issues[0]?.path[0] ?? 'request')
      throw invalidRequest(`The parameter ${name} is missing or malformed.`, `malformed_${name}`)
    },
  }
}

/** `scope` as the list of its values. RFC 6749 §3.3. */
export const scopeParam = z
  .string()
  .regex(/^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/)
  .transform((text) => [...new Set(text.split(' '))])
  .optional()

/** `resource`, as often as it stands. RFC 8707 §2. */
export const resourceParam = z.array(z.string()).default([])
