import { makeExecutableSchema } from '@graphql-tools/schema'
import { createAuth } from '@scopewise/graphql-auth-directive'
import { useAuth } from '@scopewise/graphql-auth-directive/yoga'
import type { NoClaims, Verifier } from '@scopewise/token-core'
import { parse } from 'graphql'
import { createYoga, type Plugin } from 'graphql-yoga'
import type { Domain } from '../domain/domain.js'
import { limitBody } from '../http/body.js'
import type { Fetch } from '../http/hosts.js'
import { accessToken, type Scope } from '../scopes.js'
import { streamAdditions } from './additions.js'
import { actorOf, type Context, createResolvers } from './resolvers.js'
import { typeDefs } from './type-defs.js'

/** Larger requests are refused with 413. The longest note in the widest characters fits twice. */
const MAX_BODY_BYTES = 128 * 1024
/** Longer documents are refused: a thousand aliases of one field are a thousand reads. */
const MAX_TOKENS = 2000

/** The GraphQL API as a fetch handler: the schema with its demands, decided for each request by the token it carries. */
export function createApi(options: {
  domain: Domain
  verifier: Verifier<Scope, NoClaims>
  /** The path of the endpoint. */
  path: string
  /** Ends the open subscriptions. */
  closing: AbortSignal
}): Fetch {
  const { domain, verifier, path, closing } = options
  const auth = createAuth({
    token: accessToken,
    default: 'deny',
    policies: (policy) => ({
      ownsNote: policy.field<{ id: string }>(({ token, args }) => domain.notes.isOwner(args.id, actorOf(token))),
    }),
  })
  const resolvers = createResolvers(domain, () => streamAdditions(domain.notes, closing))
  const yoga = createYoga<object, Context>({
    schema: auth.apply(makeExecutableSchema({ typeDefs: [auth.typeDefs, typeDefs], resolvers })),
    graphqlEndpoint: path,
    plugins: [useAuth({ auth, verifier }), limitTokens, keepStatus],
    // Whatever NODE_ENV says: what a resolver did not mean to say stays here.
    maskedErrors: { isDev: false },
    // The page shares the API's origin, other callers are no browsers: nobody needs CORS.
    cors: false,
    batching: false,
    multipart: false,
    graphiql: false,
    landingPage: false,
    fetchAPI: globalThis,
  })
  return limitBody(MAX_BODY_BYTES, async (request) => yoga.fetch(request))
}

/** What is wrong with the request itself (it does not parse, it asks for no such field) is 400 for plain JSON too, where Yoga says 200. */
const keepStatus: Plugin = {
  onResultProcess({ result }) {
    const errors = 'errors' in result ? (result.errors ?? []) : []
    for (const { extensions } of errors) {
      const http: unknown = extensions['http']
      if (typeof http === 'object' && http !== null) Object.assign(http, { spec: false })
    }
  },
}

const limitTokens: Plugin = {
  onParse({ setParseFn }) {
    setParseFn((source, options) => parse(source, { ...options, maxTokens: MAX_TOKENS }))
  },
}
