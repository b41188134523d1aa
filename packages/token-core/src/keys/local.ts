import { TokenError } from '../errors.js'
import { readJwk } from './jwk.js'
import { importKeySet, type JwkSet, type KeySet, selectKey } from './key-set.js'
import type { KeySource } from './key-source.js'

type Awaitable<T> = T | Promise<T>

/**
 * Keys that are at hand: a JWK set, or a function that answers the set of the moment. The function is asked for each
 * token, and keys are imported again only when its answer has changed.
 * @throws {TypeError} when a fixed set holds a private key, or none that can verify a token
 */
export function localKeys(source: JwkSet | (() => Awaitable<JwkSet>)): KeySource {
  const read = typeof source === 'function' ? source : fixed(source)
  let imported: { readonly text: string; readonly set: Promise<KeySet> } | undefined

  return Object.freeze({
    '~scopewise': 'keys' as const,
    async find(header) {
      const { keys } = await readOrRefuse(read)
      const text = JSON.stringify(keys)
      if (imported?.text !== text) imported = { text, set: importKeySet(keys) }
      const key = selectKey(await imported.set, header)
      if (typeof key === 'string') throw new TokenError(key)
      return key
    },
  } satisfies KeySource)
}

async function readOrRefuse(read: () => Awaitable<JwkSet>): Promise<JwkSet> {
  try {
    const set = await read()
    if (!Array.isArray(set.keys)) throw new TypeError('localKeys needs a JWK set: an object with a list `keys`.')
    return set
  } catch (cause) {
    throw new TokenError('keys_unavailable', { cause })
  }
}

function fixed(source: JwkSet): () => JwkSet {
  if (!Array.isArray(source?.keys)) throw new TypeError('localKeys needs a JWK set: an object with a list `keys`.')
  const refusals = source.keys.map((jwk) => {
    if ('d' in jwk) throw new TypeError('localKeys was given a private key: give it `signingKey.publicJwk` instead.')
    const facts = readJwk(jwk, 'verify')
    return 'refusal' in facts ? facts.refusal : undefined
  })
  if (refusals.every((refusal) => refusal !== undefined))
    throw new TypeError(`localKeys was given no key that can verify a token: ${refusals[0] ?? 'the list is empty'}.`)
  return () => source
}
