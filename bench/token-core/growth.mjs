import { parseChallenges } from '../../packages/token-core/dist/challenge.js'
import { localKeys } from '../../packages/token-core/dist/index.js'
import { measurePaired, table } from '../lib/paired.mjs'
import { ISSUER, verifierOf } from './setup.mjs'

/** What many issuers and many keys cost a verify, in ratio to one issuer with one key. */
export async function growth(prepared, rounds) {
  const crowd = Object.fromEntries(
    Array.from({ length: 9999 }, (_, index) => [`https://auth-${index}.example`, prepared.source]),
  )
  const keys = Array.from({ length: 999 }, (_, index) => ({ ...prepared.jwk, kid: `key-${index}` }))
  const many = localKeys({ keys: [...keys, prepared.jwk] })
  await many.warm?.()
  const [one, issuers, set] = [
    verifierOf(prepared),
    verifierOf(prepared, { issuers: { ...crowd, [ISSUER]: prepared.source } }),
    verifierOf(prepared, { issuers: { [ISSUER]: many } }),
  ]
  const contenders = {
    'one issuer, one key': () => one.verifySync(prepared.jwt),
    '10,000 issuers': () => issuers.verifySync(prepared.jwt),
    '1,000 keys': () => set.verifySync(prepared.jwt),
  }
  const rows = await measurePaired(contenders, { reference: 'one issuer, one key', rounds })
  return table(
    [prepared.algorithm, 'time', 'in ratio'],
    rows.map(({ name, microseconds, ratio }) => [name, `${microseconds.toFixed(1)} us`, `${(1 / ratio).toFixed(2)}x`]),
  )
}

/** What would make a reader of challenges go over the same text again and again. */
const HOSTILE = ['a="', ',', 'a ', '"\\', 'a=b,', 'a="b"x,', 'a b=c,']
const TIMES = [500, 5000]

/** What ten times as long a `WWW-Authenticate` costs: ten times as much, whatever it is made of. */
export async function challengeGrowth(rounds) {
  const rows = []
  for (const piece of HOSTILE) {
    const [short, long] = TIMES.map((times) => piece.repeat(times))
    const contenders = { short: () => parseChallenges(short), long: () => parseChallenges(long) }
    const [once, tenfold] = await measurePaired(contenders, { reference: 'short', rounds })
    rows.push([`\`${piece}\``, `${(once.microseconds / 1000).toFixed(2)} ms`, `${(1 / tenfold.ratio).toFixed(1)}x`])
  }
  return table([`repeated ${TIMES[0]} times`, 'time', 'ten times as often'], rows)
}
