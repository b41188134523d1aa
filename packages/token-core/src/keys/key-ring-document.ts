import { parseJson } from '../jwt/json.js'
import { isNumericDate } from '../jwt/time.js'
import { readJwk } from './jwk.js'
import type { RingKey } from './key-ring-plan.js'
import type { KeyStore, KeyWrapping } from './key-ring-store.js'

/** The keys of a ring as they were read, and the version that a write has to expect. */
export interface RingDocument {
  readonly version: number
  readonly keys: readonly RingKey[]
}

const FORMAT = 1
const UNREADABLE =
  'The keys in the store can not be unwrapped. Start with the secret, or the KMS key, that wrapped them; new keys are never made in their place.'

/** Reads the ring, or what is at hand when the store still has the same version. */
export async function readRing(
  store: KeyStore,
  wrapping: KeyWrapping | undefined,
  known: RingDocument | undefined,
): Promise<RingDocument> {
  const stored = await store.findKeys()
  if (!stored) return { version: 0, keys: [] }
  if (known && stored.version === known.version) return known
  const text = wrapping ? await wrapping.unwrap(stored.wrapped) : stored.wrapped
  if (text === undefined) throw new TypeError(UNREADABLE)
  return { version: stored.version, keys: parseRing(text) }
}

/** Writes the ring as one step; undefined when another process was first. */
export async function writeRing(
  store: KeyStore,
  wrapping: KeyWrapping | undefined,
  { version, keys }: RingDocument,
): Promise<RingDocument | undefined> {
  const text = JSON.stringify({ format: FORMAT, keys })
  const wrapped = wrapping ? await wrapping.wrap(text) : text
  return (await store.casKeys(version, wrapped)) ? { version: version + 1, keys } : undefined
}

function parseRing(text: string): readonly RingKey[] {
  const document = parseJson(text)
  if (!(document instanceof Object && 'format' in document && 'keys' in document)) throw broken()
  if (document.format !== FORMAT) throw new TypeError('The keys in the store were written by another version.')
  if (!Array.isArray(document.keys)) throw broken()
  return document.keys.map(parseKey)
}

function parseKey(value: unknown): RingKey {
  // What writeRing wrote; its parts are looked at all the same.
  const key = Object(value) as Partial<RingKey>
  const facts = readJwk(key.publicJwk, 'verify')
  const {
    publishedAt = Number.NaN,
    activateAt = Number.NaN,
    retireAt = Number.NaN,
    removeAt = Number.NaN,
    publicJwk,
    privateJwk,
  } = key
  const isWhole = [publishedAt, activateAt, retireAt, removeAt].every(isNumericDate)
  if (!isWhole || !publicJwk || 'refusal' in facts || facts.kid === undefined) throw broken()
  return { kid: facts.kid, alg: facts.alg, publicJwk, privateJwk, publishedAt, activateAt, retireAt, removeAt }
}

const broken = () => new TypeError('The keys in the store are broken: they are not what a key ring writes.')
