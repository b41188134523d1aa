// Refreshes one token again and again and says each new one only after it was answered, until somebody kills this process. Runs the built package.
import { createAuthorizationServer } from '@scopewise/oauth-server'
import { sqliteStore } from '@scopewise/oauth-server/sqlite'
import { defineAccessToken, defineScopes } from '@scopewise/token-core'

const [path, secret, first] = process.argv.slice(2)
const server = createAuthorizationServer({
  issuer: 'https://auth.example',
  token: defineAccessToken({ scopes: defineScopes({ 'notes:read': 'Read your notes' }), lifetime: 600 }),
  resources: { 'https://api.example/graphql': ['notes:read'] },
  clients: [{ clientId: 'web', redirectUris: ['https://app.example/cb'] }],
  login: () => ({ subject: 'alice' }),
  store: sqliteStore(path),
  secret,
})

let token = first
for (;;) {
  const body = new URLSearchParams({ grant_type: 'refresh_token', client_id: 'web', refresh_token: token })
  const response = await server.fetch(new Request('https://auth.example/token', { method: 'POST', body }))
  const answer = await response.json()
  if (!response.ok) throw new Error(answer.error)
  token = answer.refresh_token
  process.send(token)
}
