import { describe, expect, it } from 'vitest'
import { createFetch } from './fetch.js'
import { normalizeOperation } from './graphql/normal-form.js'
import { type OperationManifest, scopePlanner, scopesFor } from './graphql.js'
import { json } from './testing/server.js'
import { managerWith, setup } from './testing/setup.js'

const hashOf = async (text: string) => {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
const entry = (...requiredScopes: string[][]) => ({ name: null, requiredScopes, conditional: false })
const READ = 'query Notes { notes { title } }'
const WRITE = 'mutation Create { createNote { id } }'
const manifest: OperationManifest = {
  version: 1,
  operations: {
    [await hashOf(READ)]: entry(['notes:read']),
    [await hashOf(WRITE)]: entry(['admin'], ['notes:write']),
    [await hashOf('{ health }')]: entry([]),
    [await hashOf('query Secret { secret }')]: entry(['undeclared']),
  },
}

describe('normalizeOperation', () => {
  it.each([
    ['layout, commas and comments', '# Notes\nquery Notes{notes{title,}}', READ],
    ['a shorthand query', 'query { health }', '{ health }'],
    ['the __typename that clients add', 'query Notes { notes { title __typename } }', READ],
    [
      'marks and comments in texts',
      '{ find(text: "# {", long: """ } """) }',
      '{ find ( text : "# {" long : """ } """ ) }',
    ],
  ])('is the same whatever the %s', (_, query, expected) => {
    expect(normalizeOperation(query, undefined)).toBe(expected)
  })

  it('takes the operation that is named, with the fragments that it uses', () => {
    const document = `${READ} query Other { notes { ...A } } fragment A on Note { ...B ... on Note { id } } fragment B on Note { title } fragment C on Note { id }`
    expect(normalizeOperation(document, 'Notes')).toBe(READ)
    expect(normalizeOperation(document, 'Other')?.split('\n')).toEqual([
      'fragment A on Note { ... B ... on Note { id } }',
      'fragment B on Note { title }',
      'query Other { notes { ... A } }',
    ])
  })

  it.each([undefined, 'Nobody'])('finds nothing where several or none can be meant: %s', (name) => {
    expect(normalizeOperation(`${READ} ${WRITE}`, name)).toBeUndefined()
    expect(normalizeOperation('', undefined)).toBeUndefined()
  })
})

describe('scopesFor', () => {
  it('gives the sets of which one is enough, and nothing for what is not listed', async () => {
    expect(await scopesFor(manifest, { query: WRITE })).toEqual([['admin'], ['notes:write']])
    expect(await scopesFor(manifest, { query: '{ health }' })).toEqual([[]])
    expect(await scopesFor(manifest, { query: '{ other }' })).toBeUndefined()
  })
})

describe('createFetch with scopePlanner', () => {
  async function calling(scope: readonly ('notes:read' | 'notes:write' | 'admin')[] = ['notes:read']) {
    const all = setup()
    const log: string[] = []
    const manager = await managerWith(all.client, await all.login(scope))
    const api = createFetch(manager, {
      allow: ['https://api.example'],
      scopesFor: scopePlanner(manifest),
      interact: async (need) => {
        log.push(`asks ${need.missing.join(' ')}`)
        all.clock.advance(1)
        return all.login(need.scope)
      },
      fetch: async (request) => {
        log.push(`sends ${await request.text()}`)
        return json({ data: {} })
      },
    })
    const post = (body: string, type = 'application/json') =>
      api('https://api.example/graphql', { method: 'POST', headers: { 'content-type': type }, body })
    return { log, manager, post }
  }
  const body = (query: string) => JSON.stringify({ query })

  it('asks for exactly what is missing, before anything is sent', async () => {
    const { log, post } = await calling()
    await post(body(READ))
    await post(body(WRITE))
    expect(log).toEqual([`sends ${body(READ)}`, 'asks admin', `sends ${body(WRITE)}`])
  })

  it('takes the set that is nearest to what is granted', async () => {
    const { log, post } = await calling(['notes:write'])
    await post(body(WRITE))
    expect(log).toEqual([`sends ${body(WRITE)}`])
  })

  it.each([
    ['an operation that needs nothing', body('{ health }'), 'application/json'],
    ['one that is not listed', body('{ other }'), 'application/json'],
    ['CL-18 one whose scope is not declared', body('query Secret { secret }'), 'application/json'],
    ['no JSON', 'x', 'application/json'],
    ['another type', body(WRITE), 'text/plain'],
  ])('asks nothing for %s', async (_, text, type) => {
    const { log, post } = await calling()
    await post(text, type)
    expect(log).toEqual([`sends ${text}`])
  })

  it('refuses a manifest of another version', () => {
    // `as`: what an older file may hold.
    expect(() => scopePlanner({ version: 2, operations: {} } as unknown as OperationManifest)).toThrow(TypeError)
  })
})
