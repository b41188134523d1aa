/** Every algorithm that signs a token here, and the keys it is for. RFC 7518 §3.1, RFC 8037 §3.1. */
const ALGORITHMS = {
  ES256: { kty: 'EC', crv: 'P-256', members: ['crv', 'x', 'y'], signatureLength: 64 },
  RS256: { kty: 'RSA', crv: undefined, members: ['n', 'e'], signatureLength: undefined },
  EdDSA: { kty: 'OKP', crv: 'Ed25519', members: ['crv', 'x'], signatureLength: 64 },
} as const

/** The algorithms that tokens are signed with. */
export type SigningAlgorithm = keyof typeof ALGORITHMS

/** One row of the table: the key type and its members, and how long a signature is where that is fixed. */
export interface AlgorithmFacts {
  readonly kty: string
  readonly crv: string | undefined
  /** Members of the public key beside `kty`. */
  readonly members: readonly ('crv' | 'x' | 'y' | 'n' | 'e')[]
  /** Bytes. */
  readonly signatureLength: number | undefined
}

// A Map, because the name may come from a token: an object would also answer to `constructor`.
const ROWS: ReadonlyMap<string, AlgorithmFacts> = /* @__PURE__ */ new Map(Object.entries(ALGORITHMS))

/** The names of all algorithms. */
export const signingAlgorithms: readonly SigningAlgorithm[] = ['ES256', 'RS256', 'EdDSA']

export function isSigningAlgorithm(name: string): name is SigningAlgorithm {
  return ROWS.has(name)
}

export function algorithmFacts(algorithm: SigningAlgorithm): AlgorithmFacts {
  return ALGORITHMS[algorithm]
}

/** The algorithm that a key is for when the key itself does not say. */
export function inferAlgorithm(key: { readonly kty?: unknown; readonly crv?: unknown }): SigningAlgorithm | undefined {
  return signingAlgorithms.find((name) => ALGORITHMS[name].kty === key.kty && ALGORITHMS[name].crv === key.crv)
}
