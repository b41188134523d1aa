// One GraphQL Yoga server, by name: `node server.mjs NAME ALGORITHM`, with the private key on the first message.

import { createPublicKey } from 'node:crypto'
import { createServer } from 'node:http'
import { createInlineSigningKeyProvider, extractFromHeader, useJWT } from '@graphql-yoga/plugin-jwt'
import { useAuth } from '@scopewise/graphql-auth-directive/yoga'
import { createYoga } from 'graphql-yoga'
import { importJWK, jwtVerify } from 'jose'
import { AUDIENCE, bareSchema, createRealm, ISSUER, ourSchema } from './schemas.mjs'

const [, , name, algorithm] = process.argv

const servers = {
  bare: () => ({ schema: bareSchema() }),
  scopewise: async (jwk) => {
    const { auth, schema } = ourSchema()
    const { verifier } = await createRealm(algorithm, jwk)
    return { schema, plugins: [useAuth({ auth, verifier })] }
  },
  jose: async (jwk) => {
    const { publicJwk } = await createRealm(algorithm, jwk)
    const key = await importJWK(publicJwk, algorithm)
    const options = { issuer: ISSUER, audience: AUDIENCE, typ: 'at+jwt', algorithms: [algorithm] }
    return {
      schema: bareSchema(),
      context: async ({ request }) => {
        const { payload } = await jwtVerify(request.headers.get('authorization').slice(7), key, options)
        if (!payload.scope.split(' ').includes('items:read')) throw new Error('scope')
        return { token: payload }
      },
    }
  },
  'plugin-jwt': async (jwk) => {
    const { publicJwk } = await createRealm(algorithm, jwk)
    const pem = createPublicKey({ key: publicJwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' })
    return {
      schema: bareSchema(),
      plugins: [
        useJWT({
          signingKeyProviders: [createInlineSigningKeyProvider(pem)],
          tokenLookupLocations: [extractFromHeader({ name: 'authorization', prefix: 'Bearer' })],
          tokenVerification: { issuer: ISSUER, audience: AUDIENCE, algorithms: [algorithm] },
          extendContext: true,
          reject: { missingToken: true, invalidToken: true },
        }),
      ],
    }
  },
}

process.once('message', async (jwk) => {
  const yoga = createYoga({ ...(await servers[name](jwk)), logging: false, graphiql: false, maskedErrors: false })
  const server = createServer(yoga).listen(0, '127.0.0.1', () => process.send({ port: server.address().port }))
})
process.once('disconnect', () => process.exit(0))
