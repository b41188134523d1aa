// One of several processes whose racers race for the same one-time values in one database. Runs the built package, as an application would.
import { postgresStore } from '@scopewise/oauth-server/postgres'
import { sqliteStore } from '@scopewise/oauth-server/sqlite'

const { database, rounds, racers, name } = JSON.parse(process.argv[2])
const at = 1_800_000_000
const later = at + 100_000
const holder = { clientId: 'web' }
const { store, close } = await open()

/** What is raced for: each gives what became of one racer. The names of the values are those that the test laid out. */
const races = {
  code: (round, id) => store.redeemAuthorizationCode(`code ${round}`, at, bought(`code ${round}`, id)),
  async refreshToken(round, id) {
    const result = await store.rotateRefreshToken(`rt ${round}`, at, holder, successor(`child ${round} ${id}`))
    return result.outcome === 'rotated' ? 'rotated' : `shown ${result.found?.token.rotation?.successorHash}`
  },
  interaction: (round, id) => store.putAuthorization(authorization('interaction', round, id), at),
  pushedRequest: (round, id) => store.putAuthorization(authorization('pushedRequest', round, id), at),
  deviceCode: (round, id) => store.redeemDeviceCode(`approved ${round}`, at, bought(`approved ${round}`, id)),
  decision: (round, id) =>
    store.approveDeviceCode(`user pending ${round}`, 'sid', at, { grant: grantOf(`decision ${round} ${id}`) }),
  poll: async (round) => (await store.pollDeviceCode(`polled ${round}`, 'web', at)).outcome,
  once: (round) => store.useOnce(`once ${round}`, later, at),
  keys: async (round, id) => ((await store.casKeys(round, id)) ? 'won' : 'lost'),
  revocation: async (round) => ((await store.revokeGrant(`revoked ${round}`, at)) ? 'won' : 'lost'),
  async count(round) {
    const [{ count }] = await store.count([{ key: `count ${round}`, window: 60 }], at)
    return `count ${count}`
  },
}

process.once('message', async () => {
  const outcomes = []
  for (let round = 0; round < rounds; round++)
    for (const [kind, run] of Object.entries(races))
      await Promise.all(
        Array.from({ length: racers }, async (_, racer) => {
          const id = `${name}-${racer}`
          outcomes.push({ kind, round, id, outcome: await run(round, id) })
        }),
      )
  process.send(outcomes)
  await close()
  process.disconnect()
})
process.send('ready')

async function open() {
  if (database.sqlite) {
    const store = sqliteStore(database.sqlite)
    return { store, close: () => store.close() }
  }
  const address = { host: database.postgres, user: 'postgres', database: 'postgres', max: 20 }
  if (database.driver === 'postgres.js') {
    const { default: postgres } = await import('postgres')
    const sql = postgres({ ...address, port: 5432, onnotice: () => {} })
    return { store: postgresStore(sql, { schema: database.schema }), close: () => sql.end() }
  }
  const { default: pg } = await import('pg')
  const pool = new pg.Pool(address)
  return { store: postgresStore(pool, { schema: database.schema }), close: () => pool.end() }
}

function grantOf(id) {
  const facts = { clientId: 'web', subject: 'alice', scope: ['openid'], resources: [], sessionId: 'sid' }
  return { id, ...facts, authTime: at, createdAt: at, refreshUntil: later, expiresAt: later }
}

function authorization(kind, round, id) {
  const grant = grantOf(`${kind} ${round} ${id}`)
  const code = {
    hash: grant.id,
    grantId: grant.id,
    redirectUri: 'https://app.example/cb',
    codeChallenge: 'c',
    expiresAt: later,
  }
  return { [kind]: { id: `${kind} ${round}`, expiresAt: later }, grant, code }
}

function bought(grantId, id) {
  const refreshToken = { hash: `bought ${grantId} ${id}`, grantId, createdAt: at, expiresAt: later }
  return { refreshToken, grantExpiresAt: later }
}

function successor(hash) {
  return { hash, expiresAt: later, derivation: { salt: hash, kid: 'k' }, retryUntil: at + 30, grantExpiresAt: later }
}
