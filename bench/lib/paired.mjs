// Interleaved measurement: all contenders take turns in one process, so that a slow moment hits each of them alike.

/**
 * Runs every contender in each round, in an order shuffled anew, and compares it with the reference of the same round.
 * A contender is `() => unknown` (one operation) or `async () => …`; `isAsync` awaits each operation.
 * @param {Record<string, () => unknown>} contenders
 * @param {{ reference: string, rounds?: number, milliseconds?: number, isAsync?: boolean }} options milliseconds: of one turn
 * @returns {Promise<Row[]>} one row a contender, in the order given
 * @typedef {{ name: string, microseconds: number, ratio: number, low: number, high: number }} Row
 *   microseconds: the median of an operation; ratio: the median of the reference's time over the contender's, so higher is
 *   faster; low and high: its quartiles
 */
export async function measurePaired(contenders, { reference, rounds = 41, milliseconds = 25, isAsync = false }) {
  const names = Object.keys(contenders)
  if (!names.includes(reference)) throw new TypeError(`The reference "${reference}" is not among the contenders.`)
  const turn = isAsync ? asyncTurn : syncTurn
  // Two rounds that nobody counts: the compiler's.
  for (const name of [...names, ...names]) await turn(contenders[name], milliseconds * 4)

  const times = new Map(names.map((name) => [name, []]))
  for (let round = 0; round < rounds; round++)
    for (const name of shuffle(names)) times.get(name).push(await turn(contenders[name], milliseconds))

  const base = times.get(reference)
  return names.map((name) => {
    const own = times.get(name)
    const ratios = own.map((time, round) => base[round] / time).sort((a, b) => a - b)
    return {
      name,
      microseconds: quantile(
        own.toSorted((a, b) => a - b),
        0.5,
      ),
      ratio: quantile(ratios, 0.5),
      low: quantile(ratios, 0.25),
      high: quantile(ratios, 0.75),
    }
  })
}

/** Microseconds of one operation. The clock is read once in a batch: reading it costs as much as a cache hit. */
function syncTurn(operation, milliseconds) {
  const until = performance.now() + milliseconds
  const began = performance.now()
  let count = 0
  let now = began
  while (now < until) {
    for (let index = 0; index < 16; index++) operation()
    count += 16
    now = performance.now()
  }
  return ((now - began) * 1000) / count
}

async function asyncTurn(operation, milliseconds) {
  const until = performance.now() + milliseconds
  const began = performance.now()
  let count = 0
  let now = began
  while (now < until) {
    for (let index = 0; index < 4; index++) await operation()
    count += 4
    now = performance.now()
  }
  return ((now - began) * 1000) / count
}

/** The list in another order. */
export function shuffle(list) {
  const copy = [...list]
  for (let index = copy.length - 1; index > 0; index--) {
    const other = Math.floor(Math.random() * (index + 1))
    ;[copy[index], copy[other]] = [copy[other], copy[index]]
  }
  return copy
}

const quantile = (sorted, part) => sorted[Math.floor((sorted.length - 1) * part)]

/** A Markdown table of rows that are lists of cells. */
export function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
