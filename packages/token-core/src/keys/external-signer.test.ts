import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { createIssuer } from '../access-token/issue.js'
import { encodeUtf8 } from '../encoding/utf8.js'
import { isTokenError } from '../errors.js'
import { accessToken, codeOf, grant, ISSUER, NOW, pair, signingKey } from '../testing/fixtures.js'
import { connectSigner } from './external-signer.js'
import { localKeys } from './local.js'
import { importPublicKey } from './public-key.js'

const data = encodeUtf8('data')
/** tests/runtimes puts it there for the bundled suite, too. */
const SIGNER = fileURLToPath(new URL('../testing/signer.mjs', import.meta.url))
const children: ChildProcess[] = []
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null) continue
    child.kill()
    await once(child, 'exit')
  }
})

interface Answer {
  readonly id: number
  readonly signature?: Uint8Array<ArrayBuffer>
  readonly error?: string
}

/** Starts the signer of testing/signer.mjs in another process, and speaks to it over IPC. */
async function startSigner(type: 'ec' | 'ed25519' | 'rsa', misbehave?: string) {
  const child = fork(SIGNER, [type], { serialization: 'advanced' })
  children.push(child)
  // The first message is the key.
  const first = await Promise.race([once(child, 'message'), once(child, 'exit')])
  const [{ publicKey }] = first as [{ publicKey: string }]
  const waiting = new Map<number, PromiseWithResolvers>()
  child.on('message', ({ id, signature, error }: Answer) => {
    if (signature) waiting.get(id)?.resolve(signature)
    else waiting.get(id)?.reject(new Error(error))
  })
  child.on('exit', () => {
    for (const { reject } of waiting.values()) reject(new Error('The signer has gone.'))
  })
  let count = 0
  return {
    publicJwk: await importPublicKey(publicKey),
    sign(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
      const id = count++
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject })
        child.send({ id, data: bytes, misbehave })
      })
    },
  }
}

interface PromiseWithResolvers {
  readonly resolve: (signature: Uint8Array) => void
  readonly reject: (error: Error) => void
}

describe('connectSigner', () => {
  it.each(['ec', 'ed25519', 'rsa'] as const)('issues tokens with an %s key in another process', async (type) => {
    const key = await connectSigner({ ...(await startSigner(type)), kid: 'vault' })
    expect(key.publicJwk).toMatchObject({ kid: 'vault', alg: key.alg, use: 'sig' })
    const issuer = createIssuer({ token: accessToken, issuer: ISSUER, keys: key, now: () => NOW })
    const { verifier } = await pair('ES256', { issuers: { [ISSUER]: localKeys({ keys: [key.publicJwk] }) } })
    const tokens = await Promise.all(Array.from({ length: 20 }, () => issuer.issue(grant)))
    for (const token of tokens) expect((await verifier.verify(token)).claims.sub).toBe('alice')
  })

  it('reads ECDSA signatures that come as DER, whatever the length of their integers', async () => {
    const signer = await startSigner('ec', 'der')
    const key = await connectSigner({ ...signer, signatures: 'der' })
    for (let count = 0; count < 100; count++) expect(await key.sign(data)).toHaveLength(64)
    const { publicJwk } = await startSigner('ed25519')
    await expect(connectSigner({ ...signer, publicJwk, signatures: 'der' })).rejects.toThrow(/Only ECDSA signatures/)
  })

  it.each([
    ['truncate', /does not verify/],
    ['other bytes', /does not verify/],
    ['der', /does not verify/],
    ['refuse', /AccessDenied/],
    ['exit', /has gone/],
  ])('gives out no signature when the signer does this: %s', async (misbehave, reason) => {
    const failures: unknown[] = []
    const signer = await startSigner('ec', misbehave)
    const key = await connectSigner({ ...signer, onFailure: (error) => failures.push(error) })
    const error: unknown = await Promise.resolve(key.sign(data)).catch((thrown: unknown) => thrown)
    expect(isTokenError(error) && error.code).toBe('keys_unavailable')
    expect(isTokenError(error) && error.cause).toBeUndefined()
    expect(String(error)).not.toMatch(/arn|secret-name|AccessDenied/)
    expect(String(failures[0])).toMatch(reason)
  })

  it('refuses a signature by another key, and an answer that is none', async () => {
    const { publicJwk } = await signingKey('ES256')
    const { sign } = await signingKey('ES256', 'other')
    expect(await codeOf(Promise.resolve((await connectSigner({ publicJwk, sign })).sign(data)))).toBe(
      'keys_unavailable',
    )
    const answers: readonly unknown[] = [
      undefined,
      'AAAA',
      [],
      new Uint8Array(),
      new Uint8Array(64),
      new ArrayBuffer(64),
    ]
    for (const answer of answers) {
      const key = await connectSigner({ publicJwk, sign: () => answer as Uint8Array })
      expect(await codeOf(Promise.resolve(key.sign(data)))).toBe('keys_unavailable')
    }
  })

  it('refuses DER that is not exactly two integers', async () => {
    const { publicJwk } = await signingKey('ES256')
    const texts = [
      '',
      '30',
      '3000',
      '3003020101',
      '3006020101020101ff',
      '30060201010201',
      '3106020101020101',
      '300602010103010100',
    ]
    for (const text of [...texts, `3046${'02210100'.padEnd(70, '1')}${'0221'.padEnd(70, '1')}`]) {
      const key = await connectSigner({
        publicJwk,
        signatures: 'der',
        sign: () => Uint8Array.from(Buffer.from(text, 'hex')),
      })
      expect(await codeOf(Promise.resolve(key.sign(data)))).toBe('keys_unavailable')
    }
  })

  it('signs what it was given, even when the signer writes into its copy', async () => {
    const { publicJwk, sign } = await signingKey('ES256')
    const original = new Uint8Array(data)
    const key = await connectSigner({
      publicJwk,
      sign: (bytes) => {
        bytes.fill(0)
        return sign(bytes)
      },
    })
    expect(await codeOf(Promise.resolve(key.sign(original)))).toBe('keys_unavailable')
    expect([...original]).toEqual([...data])
  })

  it('refuses a public half that can not verify, or is for another algorithm', async () => {
    const { publicJwk, sign } = await signingKey('ES256')
    await expect(connectSigner({ publicJwk: { ...publicJwk, y: publicJwk.x }, sign })).rejects.toThrow(
      /not on the curve/,
    )
    await expect(connectSigner({ publicJwk, sign, alg: 'RS256' })).rejects.toThrow(/its alg is not RS256/)
  })
})
