/** A realm whose tokens carry roles, sign-ins and scope values in several claims. */
import {
  createIssuer,
  createVerifier,
  defineAccessToken,
  generatePrivateJwk,
  importSigningKey,
  localKeys,
} from '@scopewise/token-core'
import * as z from 'zod'
import { scopes } from './notes.js'

export type Scope = (typeof scopes.values)[number]

const claims = z.object({
  roles: z.union([z.array(z.string()), z.string()]).optional(),
  scp: z.union([z.array(z.string()), z.string()]).optional(),
  realm_access: z.object({ roles: z.array(z.string()) }).optional(),
})

export const token = defineAccessToken({ scopes, claims, lifetime: 600 })

export interface Member {
  readonly scope?: readonly Scope[]
  readonly subject?: string
  readonly clientId?: string
  readonly claims?: z.infer<typeof claims>
  readonly acr?: string
  readonly authTime?: number
  readonly lifetime?: number
}

const AUDIENCE = 'https://api.example/graphql'
const signingKey = generatePrivateJwk('ES256').then(importSigningKey)

/** Issues and verifies at an injected time. */
export async function createMembers(now: () => number = () => Date.now() / 1000) {
  const key = await signingKey
  const issuer = createIssuer({ token, issuer: 'https://auth.example', keys: key, now })
  const verifier = createVerifier({
    token,
    audience: AUDIENCE,
    issuers: { 'https://auth.example': localKeys({ keys: [key.publicJwk] }) },
    now,
  })
  const issue = ({ scope = [], subject = 'alice', clientId = 'web', claims = {}, ...others }: Member = {}) =>
    issuer.issue({ subject, clientId, audience: AUDIENCE, scope, claims, ...others })
  const member = async (options?: Member) => verifier.verify(await issue(options))
  return { token, verifier, issue, member }
}
