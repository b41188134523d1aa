/** GraphQL errors with the HTTP status and headers that Yoga takes from `extensions.http`, and takes off again. */
import type { TokenError } from '@scopewise/token-core/errors'
import { GraphQLError } from 'graphql'
import { type ChallengeOptions, challengeOf, type Denial, toGraphQLError } from '../decide/denial.js'

// Without `http.spec` Yoga keeps these statuses for `accept: application/json` as well.
function withHttp(error: GraphQLError, status: number, headers: Readonly<Record<string, string>>): GraphQLError {
  const { message, path, extensions } = error
  return new GraphQLError(message, { path: path ?? null, extensions: { ...extensions, http: { status, headers } } })
}

/** A denial over HTTP: 401 or 403, with a challenge where a token would help. */
export function answerDenial(denial: Denial, options: ChallengeOptions): GraphQLError {
  const challenge = challengeOf(denial, options)
  return withHttp(toGraphQLError(denial, options), denial.status, {
    'cache-control': 'no-store',
    ...(challenge !== undefined && { 'www-authenticate': challenge }),
  })
}

/** A token that a verifier refused, or could not judge. */
export function answerTokenError(error: TokenError): GraphQLError {
  const { status, headers, message } = error
  const challenge = headers['www-authenticate']
  const code = status === 503 ? 'AUTHENTICATION_UNAVAILABLE' : 'UNAUTHENTICATED'
  const extensions = { code, ...(challenge !== undefined && { challenge }) }
  return withHttp(new GraphQLError(message, { extensions }), status, headers)
}

/** A request that names no operation of its document. GraphQL over HTTP: the executor would throw here. */
export function answerNoOperation(reason: string): GraphQLError {
  const extensions = { code: 'OPERATION_RESOLUTION_FAILURE' }
  return withHttp(new GraphQLError(reason, { extensions }), 400, {})
}
