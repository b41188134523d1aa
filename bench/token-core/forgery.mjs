import * as jose from 'jose'
import jsonwebtoken from 'jsonwebtoken'
import { table } from '../lib/paired.mjs'
import { AUDIENCE, fastVerifier, ISSUER, verifierOf } from './setup.mjs'

const ROUNDS = 15

/** How long it takes to refuse a token with 5 MB of claims that anybody could write. */
export async function forgery(prepared) {
  const [head, , signature] = prepared.jwt.split('.')
  const claims = { ...prepared.payload, junk: 'x'.repeat(5_025_000) }
  const jwt = `${head}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.${signature}`
  const options = { algorithms: ['RS256'], issuer: ISSUER, audience: AUDIENCE }
  const own = verifierOf(prepared)
  const fast = fastVerifier(prepared, {})
  const contenders = {
    'Scopewise, verify': () => own.verify(jwt),
    jose: () => jose.jwtVerify(jwt, prepared.publicKey, options),
    'fast-jwt, one key': () => fast(jwt),
    jsonwebtoken: () => jsonwebtoken.verify(jwt, prepared.publicKey, options),
  }
  const rows = []
  for (const [name, contender] of Object.entries(contenders)) {
    const times = []
    for (let round = 0; round < ROUNDS; round++) {
      const began = performance.now()
      if (!(await isRefused(contender))) throw new Error(`${name} accepted the forgery.`)
      times.push(performance.now() - began)
    }
    rows.push([name, `${times.toSorted((a, b) => a - b)[ROUNDS >> 1].toFixed(3)} ms`])
  }
  return table([`${(jwt.length / 1e6).toFixed(1)} million characters`, 'median of 15'], rows)
}

async function isRefused(contender) {
  try {
    await contender()
    return false
  } catch {
    return true
  }
}
