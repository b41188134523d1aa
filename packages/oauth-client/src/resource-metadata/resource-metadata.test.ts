import { describe, expect, it } from 'vitest'
import { json } from '../testing/server.js'
import { fetchResourceMetadata, resourceMetadataUrl } from './fetch-resource-metadata.js'

const RESOURCE = 'https://api.example/graphql'
const document = {
  resource: RESOURCE,
  authorization_servers: ['https://auth.example'],
  scopes_supported: ['notes:read'],
}

function ask(answer: () => Response | Promise<Response>, place?: string, resource = RESOURCE) {
  const asked: Request[] = []
  const fetch = async (request: Request) => {
    asked.push(request)
    return answer()
  }
  return { asked, metadata: fetchResourceMetadata(resource, { fetch, timeout: 0.05, place }) }
}

describe('fetchResourceMetadata', () => {
  it('asks the well-known place before the path, or the place that a challenge names', async () => {
    const { asked, metadata } = ask(() => json(document))
    expect(await metadata).toEqual({
      resource: RESOURCE,
      authorizationServers: ['https://auth.example'],
      scopes: ['notes:read'],
      isDpopRequired: false,
    })
    expect(asked.map(({ url, redirect }) => [url, redirect])).toEqual([
      ['https://api.example/.well-known/oauth-protected-resource/graphql', 'manual'],
    ])
    expect(resourceMetadataUrl('https://api.example/?tenant=1').href).toBe(
      'https://api.example/.well-known/oauth-protected-resource?tenant=1',
    )
    expect(ask(() => json(document), 'https://api.example/meta').asked[0]?.url).toBe('https://api.example/meta')
  })

  it.each([
    ['another resource', { ...document, resource: 'https://evil.example/' }],
    ['a resource that differs by a slash', { ...document, resource: `${RESOURCE}/` }],
    ['no resource', { ...document, resource: undefined }],
  ])('CL-14 refuses metadata of %s', async (_, body) => {
    await expect(ask(() => json(body)).metadata).rejects.toMatchObject({ code: 'resource_mismatch' })
  })

  it.each([
    ['https://evil.example/meta', 'resource_mismatch'],
    ['https://169.254.169.254/latest', 'resource_mismatch'],
    ['http://169.254.169.254/latest', 'insecure_url'],
    ['http://api.example/meta', 'insecure_url'],
    ['http://127.0.0.1/meta', 'insecure_url'],
    ['file:///etc/passwd', 'insecure_url'],
  ])('CL-14 asks nobody at %s', async (place, code) => {
    const { asked, metadata } = ask(() => json(document), place)
    await expect(metadata).rejects.toMatchObject({ code })
    expect(asked).toEqual([])
  })

  it.each([
    ['a redirect', () => Response.redirect('https://evil.example/'), 'invalid_response'],
    ['10 MB', () => json({ ...document, x: 'x'.repeat(10_000_000) }), 'response_too_large'],
    ['silence', () => new Promise<Response>(() => undefined), 'timeout'],
    ['404', () => new Response(null, { status: 404 }), 'discovery_failed'],
    ['HTML', () => new Response('<html>', { headers: { 'content-type': 'text/html' } }), 'discovery_failed'],
  ])('CL-14 gives up on %s', async (_, answer, code) => {
    await expect(ask(answer).metadata).rejects.toMatchObject({ code })
  })
})
