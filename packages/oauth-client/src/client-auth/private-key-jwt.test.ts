import { generatePrivateJwk, importSigningKey, localKeys } from '@scopewise/token-core'
import { createClientAssertionVerifier, memoryReplay } from '@scopewise/token-core/client-assertion'
import { describe, expect, it } from 'vitest'
import { clientCredentials } from '../grants/client-credentials.js'
import { ISSUER } from '../testing/server.js'
import { setup } from '../testing/setup.js'
import { privateKeyJwt } from './private-key-jwt.js'

describe('privateKeyJwt', () => {
  it('signs an assertion of its own for each request, for the issuer alone', async () => {
    const key = await importSigningKey(await generatePrivateJwk('ES256'))
    const { client, server, clock } = setup({ clientAuth: privateKeyJwt(key) })
    const verifier = createClientAssertionVerifier({
      issuer: ISSUER,
      keys: () => localKeys({ keys: [key.publicJwk] }),
      replay: memoryReplay(),
      now: clock.now,
    })
    for (let n = 0; n < 2; n++) {
      await clientCredentials(client)
      const form = server.forms[n]
      expect(form?.get('client_assertion_type')).toBe('urn:ietf:params:oauth:client-assertion-type:jwt-bearer')
      const { claims } = await verifier.verify(form?.get('client_assertion') ?? '', 'web')
      expect(claims).toMatchObject({ iss: 'web', sub: 'web', aud: ISSUER })
    }
  })
})
