import { decodeUtf8 } from '../encoding/utf8.js'
import { parseJson } from '../jwt/json.js'
import { importKeySet, type KeySet } from './key-set.js'

/** Bytes. About 100 RSA keys. */
const MAX_SIZE = 65_536

/** How a key set is fetched. */
export interface FetchKeySetOptions {
  readonly fetch: typeof globalThis.fetch
  /** Seconds for the whole answer. */
  readonly timeout: number
  /** Keys that are already imported. */
  readonly previous: KeySet | undefined
}

/**
 * Fetches a JWK set: no redirects, at most 64 kB, within the time given. Rejects when the answer is not a set with at
 * least one key that can verify a token, so that a broken answer never replaces keys that work.
 */
export async function fetchKeySet(url: string, { fetch, timeout, previous }: FetchKeySetOptions): Promise<KeySet> {
  const signal = AbortSignal.timeout(timeout * 1000)
  const keys = await Promise.race([load(url, fetch, signal), rejectOnAbort(signal)])
  const set = await importKeySet(keys, previous)
  if (set.byText.size === 0) throw new Error('The key set holds no key that can verify a token.')
  return set
}

async function load(url: string, fetch: typeof globalThis.fetch, signal: AbortSignal): Promise<readonly unknown[]> {
  const response = await fetch(url, {
    headers: { accept: 'application/jwk-set+json, application/json' },
    // A redirect could lead to keys of somebody else. `error` is not known to every runtime.
    redirect: 'manual',
    signal,
  })
  if (response.status !== 200) {
    await response.body?.cancel()
    throw new Error(`The key set answered with status ${response.status}.`)
  }
  const document = parseJson(decodeUtf8(await readBody(response)))
  if (typeof document !== 'object' || document === null || !('keys' in document) || !Array.isArray(document.keys))
    throw new Error('The answer is not a key set.')
  return document.keys
}

async function readBody(response: Response): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  const reader = response.body?.getReader()
  for (let step = await reader?.read(); step && !step.done; step = await reader?.read()) {
    size += step.value.length
    if (size > MAX_SIZE) {
      await reader?.cancel()
      throw new Error(`The key set is larger than ${MAX_SIZE} bytes.`)
    }
    chunks.push(step.value)
  }
  const body = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    body.set(chunk, at)
    at += chunk.length
  }
  return body
}

/** For a `fetch` that does not look at its signal. */
function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('The key set did not answer in time.')), { once: true })
  })
}
