// One of several processes that keep one key ring in one database. Runs the built packages, as an application would.
import { postgresStore } from '@scopewise/oauth-server/postgres'
import { sqliteStore } from '@scopewise/oauth-server/sqlite'
import { createKeyRing, secretWrapping } from '@scopewise/token-core'
import pg from 'pg'

const [database, secret, mode] = process.argv.slice(2)
const { store, close } = open(database)
const START = 1_800_000_000
let now = START
let written = 0

const ring = createKeyRing({
  algorithms: ['ES256'],
  store: {
    durability: store.durability,
    findKeys: store.findKeys,
    async casKeys(version, wrapped) {
      const won = await store.casKeys(version, wrapped)
      if (won) written++
      return won
    },
  },
  wrapping: secretWrapping(secret),
  timetable: { tokenLifetime: 600, lead: 1000, active: 5000 },
  now: () => now,
})

if (mode !== 'for ever') {
  now = START + Number(mode)
  await ring.sync()
  const { kid } = await ring.signingKey()
  await close()
  process.send({ kid, written })
  process.disconnect()
} else {
  for (;;) {
    await ring.rotate()
    process.send('rotated')
    now += 500
  }
}

/** A path is that of a SQLite file; JSON names the socket and the schema of a PostgreSQL. */
function open(database) {
  if (!database.startsWith('{')) {
    const store = sqliteStore(database)
    return { store, close: () => store.close() }
  }
  const { host, schema } = JSON.parse(database)
  const pool = new pg.Pool({ host, user: 'postgres', database: 'postgres', max: 2 })
  return { store: postgresStore(pool, { schema }), close: () => pool.end() }
}
