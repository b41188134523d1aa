import { isTokenError, type RegisteredClaims, verifyOwnAccessToken } from '@scopewise/token-core'
import { digest } from '@scopewise/token-core/encoding'
import type { Client } from '../config/client.js'
import type { Context } from '../context.js'
import { unavailable } from '../errors.js'
import type { Grant } from '../storage/store.js'
import type { Seconds } from '../time.js'

/** An access token of this server that works right now. */
export interface LiveToken {
  /** As they were signed, or as a JWT in the place of an opaque token would carry them. */
  readonly claims: Readonly<RegisteredClaims & Record<string, unknown>>
  /** Undefined for a client's own token. */
  readonly grant: Grant | undefined
  /** The hash of an opaque token. */
  readonly hash: string | undefined
}

/** Seconds by which the clocks of this server's processes may differ. */
const CLOCK_TOLERANCE: Seconds = 60

/**
 * Finds what a presented text is: an access token of this server that is neither expired nor revoked, or undefined. NOT checked:
 * whom it is for, and the key it is bound to.
 */
export async function findLiveToken(context: Context, token: string): Promise<LiveToken | undefined> {
  return token.includes('.') ? readJwt(context, token) : findOpaque(context, token)
}

async function readJwt({ config, store, issuers, now }: Context, jwt: string): Promise<LiveToken | undefined> {
  try {
    const { issuer } = config
    const claims = await verifyOwnAccessToken(jwt, { issuer, keys: issuers.publicKeys, now: now() })
    if (claims.grant_id === undefined) return { claims, grant: undefined, hash: undefined }
    const grant = await store.findGrant(claims.grant_id)
    return grant && grant.revokedAt === undefined ? { claims, grant, hash: undefined } : undefined
  } catch (error) {
    if (!isTokenError(error)) throw error
    if (error.status === 503) throw unavailable(error, error.code)
    return undefined
  }
}

async function findOpaque({ store, now }: Context, token: string): Promise<LiveToken | undefined> {
  const found = await store.findOpaqueToken(await digest(token))
  if (!found) return undefined
  const { hash, expiresAt, grantId } = found.token
  // What mintAccessToken stored, and nobody else.
  const claims = found.token.claims as LiveToken['claims']
  const at = now()
  // Of the future: the clock went back, and nobody knows how old it is.
  if (expiresAt <= at || claims.iat > at + CLOCK_TOLERANCE) return undefined
  if (grantId !== undefined && found.grant?.revokedAt !== undefined) return undefined
  if (grantId !== undefined && !found.grant) return undefined
  return { claims, grant: found.grant, hash }
}

/** Whether a client may be told about a token: its own, or one for an API that it is. RFC 7662 §4. */
export function mayRead(client: Client, { claims }: LiveToken): boolean {
  return (
    claims.client_id === client.clientId || [claims.aud].flat().some((audience) => client.introspects.has(audience))
  )
}
