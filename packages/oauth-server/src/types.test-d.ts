import { defineAccessToken, defineScopes } from '@scopewise/token-core'
import * as z from 'zod'
import { createAuthorizationServer } from './authorization-server.js'

const scopes = defineScopes({ 'notes:read': 'Read your notes', admin: 'Everything' })
const plain = defineAccessToken({ scopes, lifetime: 600 })
const tenanted = defineAccessToken({ scopes, claims: z.object({ tenant: z.string() }), lifetime: 600 })
const common = { issuer: 'https://auth.example', login: () => ({ subject: 's' }) }
const API = 'https://api.example/'

createAuthorizationServer({
  ...common,
  token: plain,
  resources: { [API]: ['notes:read'] },
  clients: [{ clientId: 'web', scope: ['openid', 'notes:read'], defaultScope: ['notes:read'] }],
})

createAuthorizationServer({
  ...common,
  token: plain,
  // @ts-expect-error an undeclared scope in resources
  resources: { 'https://api.example/': ['notes:raed'] },
  clients: [],
})

createAuthorizationServer({
  ...common,
  token: plain,
  resources: { [API]: ['admin'] },
  // @ts-expect-error an undeclared scope of a client
  clients: [{ clientId: 'web', scope: ['notes:raed'] }],
})

createAuthorizationServer({
  ...common,
  token: plain,
  resources: { [API]: ['admin'] },
  clients: [],
  // @ts-expect-error an undeclared default scope
  defaultScope: ['notes:raed'],
})

// @ts-expect-error a token with claims of its own needs the hook that fills them
createAuthorizationServer({ ...common, token: tenanted, resources: { [API]: ['admin'] }, clients: [] })

createAuthorizationServer({
  ...common,
  token: tenanted,
  resources: { 'https://api.example/': ['admin'], 'https://files.example/': ['notes:read'] },
  clients: [],
  defaultResource: 'https://files.example/',
  claims: ({ subject, scope, resource }) => {
    const known: readonly ('notes:read' | 'admin')[] = scope
    const where: 'https://api.example/' | 'https://files.example/' = resource
    // @ts-expect-error a client's own token has no subject
    const who: string = subject
    return { tenant: `${known.length} ${where} ${who}` }
  },
})

createAuthorizationServer({
  ...common,
  token: tenanted,
  resources: { [API]: ['admin'] },
  clients: [],
  // @ts-expect-error a claim of the wrong type
  claims: () => ({ tenant: 1 }),
})

createAuthorizationServer({
  ...common,
  token: plain,
  // @ts-expect-error a resource that is not there
  defaultResource: 'https://other.example/',
  resources: { 'https://api.example/': ['admin'] },
  clients: [],
})

createAuthorizationServer({
  ...common,
  token: plain,
  resources: { [API]: ['admin'] },
  clients: [],
  // @ts-expect-error a login without a subject
  login: () => ({ name: 'x' }),
})
