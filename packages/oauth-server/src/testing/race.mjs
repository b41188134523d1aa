// One of several processes that race for the same one-time values in one SQLite file. Runs the built package, as an application would.
import { sqliteStore } from '@scopewise/oauth-server/sqlite'

const [path, rounds, racer] = [process.argv[2], Number(process.argv[3]), process.argv[4]]
const store = sqliteStore(path)
const at = 1_800_000_000
const later = at + 100_000
const won = { code: [], refreshToken: [], interaction: [], once: [], keys: [] }

const grantOf = (id) => ({
  id,
  clientId: 'web',
  subject: 'alice',
  scope: ['openid'],
  resources: [],
  authTime: at,
  sessionId: 'sid',
  createdAt: at,
  refreshUntil: later,
  expiresAt: later,
})
const codeOf = (hash, grantId) => ({
  hash,
  grantId,
  redirectUri: 'https://app.example/cb',
  codeChallenge: 'c',
  expiresAt: later,
})
const tokenOf = (hash, grantId) => ({ hash, grantId, createdAt: at, expiresAt: later })

if (await store.casKeys(0, racer)) won.keys.push(0)
for (let round = 0; round < rounds; round++) {
  const interaction = { id: `interaction ${round}`, expiresAt: later }
  const grantId = `grant ${round} ${racer}`
  const stored = await store.putAuthorization(
    { interaction, grant: grantOf(grantId), code: codeOf(`code ${grantId}`, grantId) },
    at,
  )
  if (stored === 'stored') won.interaction.push(round)

  // The first racer to come here lays out what all of them then race for.
  const shared = { id: `shared ${round}`, expiresAt: later }
  await store.putAuthorization(
    { interaction: shared, grant: grantOf(shared.id), code: codeOf(`code ${round}`, shared.id) },
    at,
  )
  const bought = { refreshToken: tokenOf(`rt ${round}`, shared.id), grantExpiresAt: later }
  if ((await store.redeemAuthorizationCode(`code ${round}`, at, bought)) === 'redeemed') won.code.push(round)

  const successor = {
    hash: `child ${round} ${racer}`,
    expiresAt: later,
    derivation: { salt: racer, kid: 'k' },
    retryUntil: at + 30,
    grantExpiresAt: later,
  }
  const rotated = await store.rotateRefreshToken(`rt ${round}`, at, { clientId: 'web' }, successor)
  if (rotated.outcome === 'rotated') won.refreshToken.push(round)
  if ((await store.useOnce(`once ${round}`, later, at)) === 'first') won.once.push(round)
}
await store.close()
process.send(won)
process.disconnect()
