// One of several servers on one database, each in a process of its own. Runs the built package, as an application would.
import { createAuthorizationServer } from '@scopewise/oauth-server'
import { serve } from '@scopewise/oauth-server/node'
import { postgresStore } from '@scopewise/oauth-server/postgres'
import { sqliteStore } from '@scopewise/oauth-server/sqlite'
import { defineAccessToken, defineScopes } from '@scopewise/token-core'
import pg from 'pg'

const { sqlite, postgres, secret } = JSON.parse(process.argv[2])
const pool = postgres && new pg.Pool({ host: postgres, user: 'postgres', database: 'postgres', max: 20 })
const server = createAuthorizationServer({
  issuer: 'https://auth.example',
  token: defineAccessToken({ scopes: defineScopes({ 'notes:read': 'Read your notes' }), lifetime: 600 }),
  resources: { 'https://api.example/graphql': ['notes:read'] },
  clients: [{ clientId: 'web', redirectUris: ['https://app.example/cb'] }],
  login: () => ({ subject: 'alice' }),
  store: pool ? postgresStore(pool) : sqliteStore(sqlite),
  secret,
})
await server.ready()
const { port, close } = await serve({ fetch: server.fetch, port: 0 })
process.on('disconnect', async () => {
  await close()
  await pool?.end()
  process.exit(0)
})
process.send({ port })
