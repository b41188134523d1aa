// One of several processes that keep one key ring in one SQLite file. Runs the built packages, as an application would.
import { sqliteStore } from '@scopewise/oauth-server/sqlite'
import { createKeyRing, secretWrapping } from '@scopewise/token-core'

const [path, secret, mode] = process.argv.slice(2)
const store = sqliteStore(path)
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
  await store.close()
  process.send({ kid, written })
  process.disconnect()
} else {
  for (;;) {
    await ring.rotate()
    process.send('rotated')
    now += 500
  }
}
