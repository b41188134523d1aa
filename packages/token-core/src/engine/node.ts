import type { SigningAlgorithm } from './algorithms.js'
import type { Bytes, Engine } from './engine.js'

type NodeCrypto = typeof import('node:crypto')

interface Row {
  readonly digest: string | null
  readonly encoding?: 'ieee-p1363'
  /** An RSA signature takes about a millisecond: it must not hold up the event loop. */
  readonly threadPool?: boolean
}

const ROWS: Readonly<Record<SigningAlgorithm, Row>> = {
  ES256: { digest: 'sha256', encoding: 'ieee-p1363' },
  RS256: { digest: 'sha256', threadPool: true },
  EdDSA: { digest: null },
}

/** The engine on `node:crypto`, or undefined where WebCrypto serves better. */
export function createNodeEngine(): Engine | undefined {
  const crypto = findNodeCrypto()
  if (!crypto) return undefined
  return {
    name: 'node',
    extractable: true,
    signer(key, algorithm) {
      const { digest, encoding, threadPool } = ROWS[algorithm]
      const options = withEncoding(crypto, key, encoding)
      if (threadPool) return (data) => signOnThreadPool(crypto, digest, data, options)
      return (data) => bytesOf(crypto.sign(digest, data, options))
    },
    verifier(key, algorithm) {
      const { digest, encoding } = ROWS[algorithm]
      const options = withEncoding(crypto, key, encoding)
      return (data, signature) => crypto.verify(digest, data, options, signature)
    },
  }
}

/** Found at run time, so that one build runs where there is no `node:crypto`. */
function findNodeCrypto(): NodeCrypto | undefined {
  const runtime: { process?: { getBuiltinModule?(id: string): unknown }; Deno?: unknown } = globalThis
  // Deno's node:crypto is slower than its WebCrypto, and the one of workerd takes no KeyObject.
  if (runtime.Deno || globalThis.navigator?.userAgent === 'Cloudflare-Workers') return undefined
  // The id names the module, so its type is known.
  return runtime.process?.getBuiltinModule?.('node:crypto') as NodeCrypto | undefined
}

function withEncoding(crypto: NodeCrypto, key: CryptoKey, encoding: 'ieee-p1363' | undefined) {
  const keyObject = crypto.KeyObject.from(key)
  return encoding ? { key: keyObject, dsaEncoding: encoding } : { key: keyObject }
}

function signOnThreadPool(
  crypto: NodeCrypto,
  digest: string | null,
  data: Bytes,
  options: ReturnType<typeof withEncoding>,
): Promise<Bytes> {
  return new Promise((resolve, reject) => {
    crypto.sign(digest ?? undefined, data, options, (error, signature) => {
      if (error) reject(error)
      else resolve(bytesOf(signature))
    })
  })
}

/** A plain view on the Buffer's memory. */
function bytesOf(buffer: Uint8Array): Bytes {
  // node:crypto allocates its own, never shared memory.
  return new Uint8Array(buffer.buffer as ArrayBuffer, buffer.byteOffset, buffer.byteLength)
}
