// What must compile, and what must not. Checked by `npm run typecheck`; never run.
import { defineScopes } from '@scopewise/token-core/scope'
import { redirectInteraction } from './browser.js'
import { createFetch } from './fetch.js'
import {
  clientCredentials,
  createClient,
  finishAuthorization,
  type OAuthClientErrorCode,
  refresh,
  startAuthorization,
  type Tokens,
} from './index.js'
import { createTokenManager } from './manager.js'

const scopes = defineScopes({ 'notes:read': 'Read', 'notes:write': 'Write' })
const client = createClient({ issuer: 'https://auth.example', clientId: 'web', scopes })

await startAuthorization(client, { scope: ['openid', 'notes:read'] })
// @ts-expect-error an undeclared scope
await startAuthorization(client, { scope: ['notes:raed'] })
// @ts-expect-error a scope has to be said, if only an empty one
await startAuthorization(client, {})
// @ts-expect-error an undeclared scope
await clientCredentials(client, { scope: ['notes:raed'] })
// @ts-expect-error an undeclared scope
await refresh(client, 'token', { scope: ['notes:raed'] })
// @ts-expect-error a prompt that OpenID Connect does not know
await startAuthorization(client, { scope: [], prompt: 'sometimes' })
// @ts-expect-error an option that is misspelt
createClient({ issuer: 'https://auth.example', clientid: 'web' })

const { tokens } = await finishAuthorization(client, '/callback')
export const granted: readonly (
  | 'notes:read'
  | 'notes:write'
  | 'openid'
  | 'profile'
  | 'email'
  | 'address'
  | 'phone'
  | 'offline_access'
)[] = tokens.scope
export const unverified: boolean | undefined = tokens.signatureVerified
// @ts-expect-error tokens are not to be changed
tokens.accessToken = 'x'

const manager = createTokenManager(client)
await manager.adopt(tokens)
await manager.get({ scope: ['notes:read'] })
// @ts-expect-error an undeclared scope
await manager.get({ scope: ['notes:raed'] })
createTokenManager(client, { source: (need) => clientCredentials(client, need), scope: ['notes:read'] })
// @ts-expect-error an undeclared scope
createTokenManager(client, { source: (need) => clientCredentials(client, need), scope: ['notes:raed'] })

const api: typeof fetch = createFetch(manager, {
  allow: ['https://api.example'],
  interact: redirectInteraction(client),
})
await api('https://api.example/graphql')
createFetch(manager, {
  allow: ['https://api.example'],
  interact: async ({ scope, missing }) => {
    const first: 'notes:read' | 'notes:write' | undefined = missing[0]
    await startAuthorization(client, { scope: first ? [first] : scope })
    return undefined
  },
})

// Without declared scopes any value goes.
const open = createClient({ issuer: 'https://auth.example', clientId: 'web' })
await startAuthorization(open, { scope: ['anything'] })
createFetch(createTokenManager(open), { allow: [] })

// Tokens survive JSON with their type.
export const restored: Tokens<'notes:read'> = JSON.parse('{}')
// @ts-expect-error a code that does not exist
export const code: OAuthClientErrorCode = 'invalid_gront'
