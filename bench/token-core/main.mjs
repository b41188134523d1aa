import { measurePaired, table } from '../lib/paired.mjs'
import { writeResults } from '../lib/results.mjs'
import { cacheHits } from './cache.mjs'
import { dpop } from './dpop.mjs'
import { forgery } from './forgery.mjs'
import { challengeGrowth, growth } from './growth.mjs'
import { ALGORITHMS, asyncVerifiers, prepare, signers, syncVerifiers } from './setup.mjs'
import { stall } from './stall.mjs'

const rounds = Number(process.env.BENCH_ROUNDS) || 41
const options = { reference: 'node:crypto, bare', rounds }
const prepared = new Map()
for (const algorithm of ALGORITHMS) prepared.set(algorithm, await prepare(algorithm))

const sections = [
  `The ratio is the speed of a contender over that of one bare \`node:crypto\` operation on prepared bytes in the same round:
median of ${rounds} rounds, quartiles in brackets. A dash: the contender does not have the algorithm.`,
  '## Verify, no cache, at once',
  await compare(syncVerifiers, {}),
  '## Verify, no cache, awaited',
  await compare(asyncVerifiers, { isAsync: true }),
  '## Sign, awaited one after the other',
  await compare(signers, { isAsync: true }),
  '## Hits of a cache of verified tokens',
  await cacheHits(prepared, rounds),
  '## DPoP proofs',
  await dpop(prepared.get('ES256'), rounds),
  '## A thousand RS256 tokens at once',
  await stall(prepared.get('RS256')),
  '## A forged token of 6.7 MB',
  await forgery(prepared.get('RS256')),
  '## Growth',
  await growth(prepared.get('EdDSA'), rounds),
  '## Growth of hostile challenges',
  await challengeGrowth(Math.min(rounds, 11)),
]
writeResults('token-core', sections.join('\n\n'))

/** One column an algorithm, one row a contender. */
async function compare(contendersOf, more) {
  const cells = new Map()
  for (const [algorithm, setup] of prepared)
    for (const { name, ratio, low, high, microseconds } of await measurePaired(contendersOf(setup), {
      ...options,
      ...more,
    })) {
      const cell = `${percent(ratio)} (${percent(low)}-${percent(high)}), ${microseconds.toFixed(1)} us`
      cells.set(name, new Map(cells.get(name)).set(algorithm, cell))
    }
  const rows = [...cells].map(([name, byAlgorithm]) => [
    name,
    ...ALGORITHMS.map((name) => byAlgorithm.get(name) ?? '-'),
  ])
  return table(['', ...ALGORITHMS], rows)
}

function percent(ratio) {
  return `${(ratio * 100).toFixed(0)} %`
}
