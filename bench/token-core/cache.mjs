import { tokenCache } from '../../packages/token-core/dist/index.js'
import { measurePaired, table } from '../lib/paired.mjs'
import { fastVerifier, verifierOf } from './setup.mjs'

/**
 * Each hit gets a text of its own, as each request brings one: its hash is not known yet. Ours asks a revocation hook on
 * each hit; fast-jwt has none, and never asks whether the key is still there.
 */
export async function cacheHits(prepared, rounds) {
  const rows = []
  for (const [algorithm, setup] of prepared) {
    const bytes = Buffer.from(setup.jwt)
    const fresh = () => bytes.latin1Slice(0, bytes.length)
    const revokedIds = new Set(['another'])
    const own = verifierOf(setup, { cache: tokenCache(), revoked: ({ jti }) => revokedIds.has(jti) })
    const fast = fastVerifier(setup, { cache: 10_000 })
    const contenders = {
      'the text alone': fresh,
      'Scopewise, verifySync': () => own.verifySync(fresh()),
      'fast-jwt, cache: 10000': () => fast(fresh()),
    }
    const [text, ours, theirs] = await measurePaired(contenders, { reference: 'fast-jwt, cache: 10000', rounds })
    const cells = [text, ours, theirs].map(({ microseconds }) => `${microseconds.toFixed(2)} us`)
    rows.push([`${algorithm}, ${setup.jwt.length} characters`, ...cells, `${ours.ratio.toFixed(1)}x`])
  }
  return table(['', 'the text alone', 'Scopewise', 'fast-jwt', 'Scopewise over fast-jwt'], rows)
}
