import { describe, expect, it } from 'vitest'
import { decodeBase64url } from '../encoding/base64url.js'
import { encodeUtf8 } from '../encoding/utf8.js'
import { privateMembers, publicMembers } from '../keys/jwk.js'
import { ALGORITHMS, privateJwk } from '../testing/fixtures.js'
import { eddsa, es256, hs256 } from '../testing/rfc-vectors.js'
import { algorithmFacts, type SecretAlgorithm, type SigningAlgorithm } from './algorithms.js'
import { engine } from './engine.js'
import { createNodeEngine } from './node.js'
import { createWebEngine } from './web.js'

/** Absent on Deno, whose WebCrypto serves better. */
const node = createNodeEngine()
const web = createWebEngine()
const engines = node ? [node, web] : [web]
const pairs = engines.flatMap((signing) => engines.map((verifying) => [signing, verifying] as const))
const data = encodeUtf8('some bytes')
const other = encodeUtf8('other bytes')

const SECRET_ALGORITHMS = ['HS256', 'HS384', 'HS512'] as const satisfies readonly SecretAlgorithm[]

const membersOf = async (algorithm: SigningAlgorithm) => {
  const jwk = await privateJwk(algorithm)
  return { private: privateMembers(jwk), public: publicMembers(jwk) }
}
const flip = (bytes: Uint8Array<ArrayBuffer>) => bytes.map((byte, index) => (index === 7 ? byte ^ 1 : byte))

/** How many points each curve has. SEC 2 §2.4 to §2.6. */
const CURVE_ORDERS = {
  ES256: 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551',
  ES384: 'ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973',
  ES512: `01${'f'.repeat(65)}a51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409`,
} as const
const bytesOfHex = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'))

describe('engine', () => {
  it('is the one on node:crypto where that serves better', () => {
    expect(engine.name).toBe(node ? 'node' : 'web')
  })

  for (const [signing, verifying] of pairs) {
    it.each(ALGORITHMS)(`signs %s with ${signing.name} and verifies with ${verifying.name}`, async (algorithm) => {
      const members = await membersOf(algorithm)
      const sign = await signing.importPrivate(members.private, algorithm)
      const { verify, verifySync } = await verifying.importPublic(members.public, algorithm)
      const signature = await sign(data)
      expect(signature).toHaveLength(algorithmFacts(algorithm).signatureLength ?? 256)
      for (const check of [verify, verifySync ?? verify]) {
        expect(await check(data, signature)).toBe(true)
        expect(await check(other, signature)).toBe(false)
        expect(await check(data, flip(signature))).toBe(false)
      }
    })

    it.each(SECRET_ALGORITHMS)(
      `signs %s with ${signing.name} and verifies with ${verifying.name}`,
      async (algorithm) => {
        const secret = crypto.getRandomValues(new Uint8Array(64))
        const signature = await (await signing.importSecret(secret, algorithm)).sign(data)
        const { verify } = await verifying.importSecret(secret, algorithm)
        expect(signature).toHaveLength(algorithmFacts(algorithm).signatureLength ?? 0)
        expect(await verify(data, signature)).toBe(true)
        expect(await verify(other, signature)).toBe(false)
        expect(await verify(data, flip(signature))).toBe(false)
        expect(await verify(data, signature.slice(1))).toBe(false)
        expect(await verify(data, new Uint8Array())).toBe(false)
      },
    )
  }

  for (const { name, importPublic, importSecret } of engines) {
    it(`verifies what is printed in RFC 7515 A.1, A.3 and RFC 8037 A.4 with ${name}`, async () => {
      const examples = [
        [es256.jws, await importPublic(publicMembers(es256.jwk), 'ES256')],
        [eddsa.jws, await importPublic(publicMembers(eddsa.jwk), 'EdDSA')],
        [hs256.jws, await importSecret(decodeBase64url(hs256.secret), 'HS256')],
      ] as const
      for (const [jws, { verify }] of examples) {
        const end = jws.lastIndexOf('.')
        const signature = decodeBase64url(jws.slice(end + 1))
        expect(await verify(encodeUtf8(jws.slice(0, end)), signature)).toBe(true)
        expect(await verify(encodeUtf8(`${jws.slice(0, end)}A`), signature)).toBe(false)
      }
    })

    it.each(Object.keys(CURVE_ORDERS) as readonly (keyof typeof CURVE_ORDERS)[])(
      `JW-05 ATT-016 refuses r and s of zero, and of the order of the curve and more, for %s with ${name}`,
      async (algorithm) => {
        const order = CURVE_ORDERS[algorithm]
        const { verify } = await importPublic((await membersOf(algorithm)).public, algorithm)
        const zero = '0'.repeat(order.length)
        const next = (BigInt(`0x${order}`) + 1n).toString(16).padStart(order.length, '0')
        const values = [zero, zero.replace(/0$/, '1'), order, next, 'f'.repeat(order.length)]
        for (const r of values) for (const s of values) expect(await verify(data, bytesOfHex(r + s))).toBe(false)
      },
    )

    it(`JW-05 refuses an Ed25519 signature whose second half is written another way, with ${name}`, async () => {
      const members = await membersOf('Ed25519')
      const signature = await (await web.importPrivate(members.private, 'Ed25519'))(data)
      const { verify } = await importPublic(members.public, 'Ed25519')
      expect(await verify(data, signature)).toBe(true)
      // RFC 8032 §5.1.7: S is below the order of the group, though with the order added it would be the same modulo it.
      const order = 2n ** 252n + 27742317777372353535851937790883648493n
      const bigger = BigInt(`0x${Buffer.from(signature.slice(32)).reverse().toString('hex')}`) + order
      const half = Buffer.from(bigger.toString(16).padStart(64, '0'), 'hex').reverse()
      expect(await verify(data, Uint8Array.from([...signature.slice(0, 32), ...half]))).toBe(false)
    })
  }

  it.runIf(node).each(ALGORITHMS)(
    'leaves what is slow about %s to the thread pool, so that the event loop goes on',
    async (algorithm) => {
      const members = await membersOf(algorithm)
      const signature = (await engine.importPrivate(members.private, algorithm))(data)
      const { verify, verifySync } = await engine.importPublic(members.public, algorithm)
      const verified = verify(data, await signature)
      const { slow } = algorithmFacts(algorithm)
      expect(signature instanceof Promise).toBe(slow !== undefined)
      expect(verified instanceof Promise).toBe(slow === 'sign and verify')
      expect(verifySync?.(data, await signature)).toBe(true)
      expect(await verified).toBe(true)
    },
  )
})
