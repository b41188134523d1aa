import { describe, expect, it, vi } from 'vitest'
import { AUDIENCE, accessToken, forge, headerOf, ISSUER, NOW, signingKey } from '../testing/fixtures.js'

const base = { token: accessToken, audience: AUDIENCE, now: () => NOW } as const

describe('createSyncVerifier', () => {
  it('refuses where there is no node:crypto', async () => {
    const key = await signingKey()
    vi.resetModules()
    vi.stubGlobal('navigator', { userAgent: 'Cloudflare-Workers' })
    try {
      const elsewhere = await import('./verify-sync.js')
      const plain = await import('./verify.js')
      const there = await import('../keys/local.js')
      const issuers = { [ISSUER]: there.localKeys({ keys: [key.publicJwk] }) }
      expect(() => elsewhere.createSyncVerifier({ ...base, issuers })).toThrow(/node:crypto/)
      const verifier = plain.createVerifier({ ...base, issuers })
      expect((await verifier.verify(await forge(key, headerOf(key)))).claims.sub).toBe('alice')
    } finally {
      vi.unstubAllGlobals()
      vi.resetModules()
    }
  })
})
