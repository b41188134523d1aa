import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findDemand, findGraphqlDemand, readDemand } from './demand.js'

const CHALLENGE = 'Bearer error="insufficient_scope", scope="notes:write admin"'
const refused = (more = {}) => ({
  errors: [{ message: 'no', extensions: { code: 'FORBIDDEN', challenge: CHALLENGE } }],
  ...more,
})
const answer = (body: unknown, init: ResponseInit = {}) =>
  new Response(JSON.stringify(body), { headers: { 'content-type': 'application/json' }, ...init })

describe('readDemand', () => {
  it('finds the Bearer challenge among others, in any case', async () => {
    const headers = { 'www-authenticate': 'Basic realm="a, b", bEARER Error="invalid_token", error_description="x, y"' }
    expect(await readDemand(new Response(null, { status: 401, headers }))).toMatchObject({
      error: 'invalid_token',
      scope: [],
    })
  })

  it.each([
    ['a success', 200, CHALLENGE],
    ['a server error', 500, CHALLENGE],
    ['an error that no client can mend', 400, 'Bearer error="invalid_request"'],
    ['another scheme', 401, 'Basic error="invalid_token"'],
    ['junk', 401, '=,"\\'],
  ])('finds nothing in %s', async (_, status, challenge) => {
    expect(await readDemand(new Response(null, { status, headers: { 'www-authenticate': challenge } }))).toBeUndefined()
  })

  it.each(['application/json', 'application/graphql-response+json; charset=utf-8'])(
    'finds the challenge in a GraphQL answer of type %s, and leaves the answer readable',
    async (type) => {
      const response = answer(refused(), { headers: { 'content-type': type } })
      expect(await readDemand(response)).toMatchObject({ error: 'insufficient_scope', scope: ['notes:write', 'admin'] })
      expect(await response.json()).toEqual(refused())
    },
  )

  it('finds it where a browser hides the header of a 403', async () => {
    expect(
      await readDemand(answer(refused(), { status: 403, headers: { 'content-type': 'application/json' } })),
    ).toMatchObject({ error: 'insufficient_scope' })
  })

  it('does not look into other types, nor into long answers', async () => {
    expect(await readDemand(answer(refused(), { headers: { 'content-type': 'text/plain' } }))).toBeUndefined()
    const long = answer(refused({ pad: 'x'.repeat(70_000) }))
    expect(await readDemand(long)).toBeUndefined()
    expect((await long.text()).length).toBeGreaterThan(70_000)
    const said = answer(refused(), { headers: { 'content-type': 'application/json', 'content-length': '9999999' } })
    expect(await readDemand(said)).toBeUndefined()
  })
})

describe('findGraphqlDemand', () => {
  it.each([
    ['data: what ran must not run twice', { data: { notes: [] } }],
    ['data: null, which says that it ran', { data: null }],
    ['errors that are no list', { errors: { 0: 1 } }],
    ['errors that are no objects', { errors: [null, 1] }],
    ['a challenge that is no text', { errors: [{ extensions: { challenge: 1 } }] }],
  ])('finds nothing beside %s', (_, more) => {
    expect(findGraphqlDemand(refused(more))).toBeUndefined()
  })

  it('takes an error that names the refused field', () => {
    const [error] = refused().errors
    expect(findGraphqlDemand({ errors: [{ ...error, path: ['notes'] }] })).toMatchObject({
      error: 'insufficient_scope',
    })
  })

  it('never throws, whatever JSON comes', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => void findGraphqlDemand(value)))
    fc.assert(
      fc.property(
        fc.array(fc.dictionary(fc.constantFrom('extensions', 'path', 'challenge'), fc.jsonValue())),
        (errors) => void findGraphqlDemand({ errors }),
      ),
    )
  })
})

describe('findDemand', () => {
  it('reads scope values, however they are spaced', () => {
    expect(
      findDemand([{ scheme: 'Bearer', parameters: { error: 'insufficient_scope', scope: ' a  b ' } }])?.scope,
    ).toEqual(['a', 'b'])
  })
})
