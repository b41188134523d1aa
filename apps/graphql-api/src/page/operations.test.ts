import { makeExecutableSchema } from '@graphql-tools/schema'
import { createAuth } from '@scopewise/graphql-auth-directive'
import { parse, validate } from 'graphql'
import { describe, expect, it } from 'vitest'
import { typeDefs } from '../api/type-defs.js'
import { accessToken } from '../scopes.js'
import { firstSample, samples } from './operations.js'

const auth = createAuth({
  token: accessToken,
  policies: (policy) => ({ ownsNote: policy.field(() => true) }),
})
const schema = auth.apply(makeExecutableSchema({ typeDefs: [auth.typeDefs, typeDefs] }))

describe('samples', () => {
  it.each(samples)('$name asks for what its button says', ({ query, variables = {}, asksFor }) => {
    const document = parse(query)
    expect(validate(schema, document)).toEqual([])
    const { needsToken, requiredScopes } = auth.analyze(schema, document, { variables })
    const [least = []] = requiredScopes
    expect(needsToken ? least.join(' ') || 'any token' : 'nothing').toBe(asksFor)
  })

  it('begins with one that the first token can run', () => {
    expect(firstSample()).toMatchObject({ name: 'notes', asksFor: 'notes:read' })
  })
})
