/** The prime and the constant b of each curve y² = x³ - 3x + b. SEC 2 §2.4 to §2.6. */
// Literals, and no arithmetic: a bundle that reads no keys leaves them out.
const CURVES: ReadonlyMap<unknown, readonly [bigint, bigint]> = /* @__PURE__ */ new Map([
  [
    'P-256',
    [
      0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn,
      0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn,
    ],
  ],
  [
    'P-384',
    [
      0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffffn,
      0xb3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aefn,
    ],
  ],
  [
    'P-521',
    [
      0x1ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffn,
      0x51953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00n,
    ],
  ],
])

/**
 * Why two coordinates are no point to trust, or undefined. RFC 8725 §3.4. Node and browsers look when they import a key,
 * Deno only when it uses it.
 */
export function refuseEcPoint(crv: unknown, x: bigint, y: bigint): string | undefined {
  const [p, b] = CURVES.get(crv) ?? [0n, 0n]
  // The curves are prime: each point but infinity, which has no coordinates, has the whole order.
  return x < p && y < p && (y * y - x * x * x + 3n * x - b) % p === 0n ? undefined : 'its point is not on the curve'
}
