import { TokenError } from '../errors.js'
import type { JwtHeader } from '../jwt/parse.js'
import { readJwk } from './jwk.js'
import { importKeySet, type JwkSet, type KeySet, selectKey } from './key-set.js'
import type { KeySource } from './key-source.js'
import type { VerificationKey } from './verification-key.js'

type Awaitable<T> = T | Promise<T>

/** The last set that was seen, and what became of it: `set` is there once it is imported. */
interface Imported {
  readonly keys: readonly unknown[]
  readonly text: string
  readonly pending: Promise<KeySet>
  set: KeySet | undefined
}

/**
 * Keys that are at hand: a JWK set, or a function that answers the set of the moment. The function is asked for each
 * token, and keys are imported again only when its answer has changed. A frozen list of keys is taken to be unchanged
 * without reading it again: with many keys, answer the same frozen list for as long as it holds.
 * @throws {TypeError} when a fixed set holds a private key, or none that can verify a token
 */
export function localKeys(source: JwkSet | (() => Awaitable<JwkSet>)): KeySource {
  const fixed = typeof source === 'function' ? undefined : checkFixed(source)
  const read = typeof source === 'function' ? source : () => source
  let latest: Imported | undefined

  function importOnce(keys: readonly unknown[]): Imported {
    if (latest?.keys === keys && Object.isFrozen(keys)) return latest
    const text = JSON.stringify(keys)
    if (latest?.text === text) return latest
    const pending = importKeySet(keys, latest?.set)
    const imported: Imported = { keys, text, pending, set: undefined }
    // importKeySet leaves out what it can't import; it never rejects.
    void pending.then((set) => {
      imported.set = set
    })
    latest = imported
    return imported
  }
  // At once, so that the keys can soon be looked at without waiting.
  if (fixed) importOnce(fixed)
  const readKeys = () => fixed ?? readOrRefuse(read)

  return Object.freeze({
    '~scopewise': 'keys' as const,
    find: async (header) => select(await importOnce(await readKeys()).pending, header),
    findSync(header) {
      const keys = readKeys()
      if (keys instanceof Promise) {
        // `find` asks again, and reports.
        keys.catch(() => undefined)
        return undefined
      }
      const { set } = importOnce(keys)
      return set && select(set, header)
    },
    async warm() {
      await importOnce(await readKeys()).pending
    },
  } satisfies KeySource)
}

function select(set: KeySet, header: JwtHeader): VerificationKey {
  const key = selectKey(set, header)
  if (typeof key === 'string') throw new TokenError(key)
  return key
}

const NO_SET = 'localKeys needs a JWK set: an object with a list `keys`.'

function readOrRefuse(read: () => Awaitable<JwkSet>): Awaitable<readonly unknown[]> {
  const refuse = (cause: unknown): never => {
    throw new TokenError('keys_unavailable', { cause })
  }
  try {
    const set = read()
    return set instanceof Promise ? set.then(keysOf).catch(refuse) : keysOf(set)
  } catch (cause) {
    return refuse(cause)
  }
}

function keysOf(set: JwkSet): readonly unknown[] {
  if (!Array.isArray(set?.keys)) throw new TypeError(NO_SET)
  return set.keys
}

/** A copy that nobody can change any more. */
function checkFixed(source: JwkSet): readonly unknown[] {
  if (!Array.isArray(source?.keys)) throw new TypeError(NO_SET)
  const refusals = source.keys.map((jwk) => {
    if (('d' in jwk && jwk.d !== undefined) || ('priv' in jwk && jwk.priv !== undefined))
      throw new TypeError('localKeys was given a private key: give it `signingKey.publicJwk` instead.')
    const facts = readJwk(jwk, 'verify')
    return 'refusal' in facts ? facts.refusal : undefined
  })
  if (refusals.every((refusal) => refusal !== undefined))
    throw new TypeError(`localKeys was given no key that can verify a token: ${refusals[0] ?? 'the list is empty'}.`)
  return Object.freeze(source.keys.map((jwk) => Object.freeze({ ...jwk })))
}
