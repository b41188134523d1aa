// What a full store costs: the rate of a server with a million grants, codes and refresh tokens over that of one with a thousand, in turns;
// then how long the longest request waits while as many that have expired are removed beside it.
import { Connection } from '../lib/load.mjs'
import { table } from '../lib/paired.mjs'
import { writeResults } from '../lib/results.mjs'
import { ask, canPin, measure, ROUNDS, startPostgres, startServer, TURN, WARM_UP } from '../oauth-server/harness.mjs'
import { scenarios } from '../oauth-server/scenarios.mjs'

const ROWS = Number(process.env.BENCH_ROWS ?? 1_000_000)
/** In the other store. With none at all PostgreSQL would plan for tables that stay that small. */
const FEW = 1000
const CHANGES = scenarios.filter(({ name }) => name === 'refresh' || name === 'code + PKCE')

const rates = []
const pauses = []
for (const store of ['sqlite', 'postgres']) {
  const databases = store === 'postgres' ? [await startPostgres(), await startPostgres()] : [undefined, undefined]
  const small = await startServer('small', 'ours.mjs', store, databases[0]?.host)
  const full = await startServer('full', 'ours.mjs', store, databases[1]?.host)
  await ask(small, `/bench/fill?n=${FEW}`)
  await ask(full, `/bench/fill?n=${ROWS}`)
  for (const scenario of CHANGES) {
    const measured = await measure(scenario, [small, full])
    const ratios = measured.get('full').map((rate, round) => rate / measured.get('small')[round])
    rates.push([store, scenario.name, ...quartiles(ratios).map((ratio) => ratio.toFixed(2))])
  }
  await ask(full, `/bench/fill-expired?n=${ROWS}`)
  pauses.push([store, ...(await expireBesideLoad(full))])
  for (const { child } of [small, full]) child.disconnect()
  for (const database of databases) database?.stop()
}
writeResults(
  'oauth-server-growth',
  `Each turn: ${TURN} ms on 8 kept connections; ${ROUNDS} rounds after ${WARM_UP} that are not counted; ${canPin ? 'servers on core 0, load and PostgreSQL on core 1' : 'not pinned to cores'}; ${ROWS} grants, as many codes and as many refresh tokens in the full store, ${FEW} of each in the small one.

${table(['store', '', 'full over small', 'lower quartile', 'upper quartile'], rates)}

## Removing ${ROWS} expired grants with their codes and refresh tokens beside the load
\`expire()\` again and again until nothing is left, while one connection refreshes without a pause.

${table(['store', 'rows a second', 'median request, ms', 'longest request, ms', 'the same before, ms'], pauses)}`,
)
process.exit(0)

/** Refreshes over one connection while the server removes what is expired. */
async function expireBesideLoad(server) {
  const before = await whileWaiting(server, () => new Promise((resolve) => setTimeout(resolve, 3000)))
  let rows = 0
  const began = performance.now()
  const during = await whileWaiting(server, async () => {
    for (;;) {
      const removed = await ask(server, '/bench/expire')
      if (removed === 0) return
      rows += removed
    }
  })
  const seconds = (performance.now() - began) / 1000
  if (rows < 3 * ROWS) throw new Error(`Only ${rows} rows were removed.`)
  return [
    (rows / seconds).toFixed(0),
    median(during).toFixed(1),
    Math.max(...during).toFixed(1),
    Math.max(...before).toFixed(1),
  ]
}

/** Milliseconds of each request that was made until the work was done. */
async function whileWaiting(server, work) {
  const [scenario] = CHANGES
  const connection = await Connection.open(server.port)
  const prepared = await scenario.prepare(server, connection)
  const times = []
  let isDone = false
  const working = work().finally(() => {
    isDone = true
  })
  while (!isDone) {
    const began = performance.now()
    const { status, body } = await connection.send(scenario.request(server, prepared))
    times.push(performance.now() - began)
    if (status !== 200) throw new Error(`${status} ${body.slice(0, 300)}`)
    scenario.learn(prepared, body)
  }
  connection.close()
  await working
  return times
}

function quartiles(list) {
  const sorted = list.toSorted((a, b) => a - b)
  return [0.5, 0.25, 0.75].map((part) => sorted[Math.floor((sorted.length - 1) * part)])
}

function median(list) {
  return quartiles(list)[0]
}
