// Walks grants through their transitions, several at once, until somebody kills this process. Runs the built package.
import { postgresStore } from '@scopewise/oauth-server/postgres'
import { sqliteStore } from '@scopewise/oauth-server/sqlite'
import pg from 'pg'

const { sqlite, postgres, name } = JSON.parse(process.argv[2])
const store = sqlite
  ? sqliteStore(sqlite)
  : postgresStore(new pg.Pool({ host: postgres, user: 'postgres', database: 'postgres' }))
const at = 1_800_000_000
const later = at + 100_000
const LANES = 6

async function walk(id) {
  const facts = {
    clientId: 'web',
    subject: id,
    scope: ['a'],
    resources: [],
    sessionId: 'sid',
    authTime: at,
    createdAt: at,
  }
  const grant = { id, ...facts, refreshUntil: later, expiresAt: later }
  const code = { hash: id, grantId: id, redirectUri: 'https://app.example/cb', codeChallenge: 'c', expiresAt: later }
  const once = (key) => ({ id: `${key} ${id}`, expiresAt: later })
  const consent = { subject: id, clientId: 'web', scope: ['a', 'b'] }
  await store.putAuthorization(
    { interaction: once('interaction'), pushedRequest: once('request'), consent, grant, code },
    at,
  )
  const refreshToken = { hash: `${id} 0`, grantId: id, createdAt: at, expiresAt: later }
  const accessToken = { hash: `${id} at 0`, grantId: id, clientId: 'web', claims: {}, expiresAt: later }
  await store.redeemAuthorizationCode(id, at, { refreshToken, accessToken, grantExpiresAt: later + 1 })
  for (let i = 0; i < 3; i++)
    await store.rotateRefreshToken(
      `${id} ${i}`,
      at,
      { clientId: 'web' },
      {
        hash: `${id} ${i + 1}`,
        accessToken: { ...accessToken, hash: `${id} at ${i + 1}` },
        derivation: { salt: 's', kid: 'k' },
        expiresAt: later,
        retryUntil: at + 30,
        grantExpiresAt: later + 1,
      },
    )
}

process.on('disconnect', () => process.exit())
let walked = 0
await Promise.all(
  Array.from({ length: LANES }, async (_, lane) => {
    for (let i = 0; ; i++) {
      await walk(`${name} ${lane} ${i}`)
      process.send(++walked)
    }
  }),
)
