import * as jose from 'jose'
import { table } from '../lib/paired.mjs'
import { AUDIENCE, bare, ISSUER, verifierOf } from './setup.mjs'

const AT_ONCE = 1000
const ROUNDS = 15

/** The longest time for which nothing else got its turn while a thousand tokens that came together were verified. */
export async function stall(prepared) {
  const own = verifierOf(prepared)
  const keys = jose.createLocalJWKSet({ keys: [prepared.jwk] })
  const options = { algorithms: ['RS256'], issuer: ISSUER, audience: AUDIENCE, typ: 'at+jwt' }
  const { verify } = bare(prepared)
  const contenders = {
    'node:crypto, bare, at once': async () => verify(),
    'Scopewise, verify': () => own.verify(prepared.jwt),
    jose: () => jose.jwtVerify(prepared.jwt, keys, options),
  }
  const times = new Map(Object.keys(contenders).map((name) => [name, { stalls: [], totals: [] }]))
  for (let round = -2; round < ROUNDS; round++)
    for (const [name, contender] of Object.entries(contenders)) {
      const { longest, total } = await measure(contender)
      if (round < 0) continue
      times.get(name).stalls.push(longest)
      times.get(name).totals.push(total)
    }
  const rows = [...times].map(([name, { stalls, totals }]) => [name, `${median(stalls)} ms`, `${median(totals)} ms`])
  return table(['', 'longest stall, median of 15', 'all thousand, median of 15'], rows)
}

async function measure(contender) {
  let longest = 0
  let isDone = false
  let last = performance.now()
  const began = last
  const turn = () => {
    const now = performance.now()
    longest = Math.max(longest, now - last)
    last = now
    if (!isDone) setImmediate(turn)
  }
  setImmediate(turn)
  await Promise.all(Array.from({ length: AT_ONCE }, contender))
  const total = performance.now() - began
  isDone = true
  await new Promise((resolve) => setImmediate(resolve))
  return { longest, total }
}

const median = (list) => list.toSorted((a, b) => a - b)[list.length >> 1].toFixed(1)
