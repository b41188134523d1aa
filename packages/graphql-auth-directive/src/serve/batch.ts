/** One challenge for a batch, where every entry was denied for want of scope or of a token. */
import { formatChallenge } from '@scopewise/token-core/challenge'
import type { GraphQLError } from 'graphql'
import { type ChallengeOptions, type Denial, writeChallenges } from '../decide/denial.js'

/** Remembers which denial an error tells. */
export type Denials = WeakMap<GraphQLError, Denial>

/** The challenge for all entries together, or undefined if some were answered or were denied for another reason. */
export function challengeOfBatch(
  results: readonly { readonly errors?: readonly GraphQLError[] | undefined }[],
  denials: Denials,
  options: ChallengeOptions,
): string | undefined {
  const found = results.map(({ errors }) => errors?.flatMap((error) => denials.get(error) ?? [])[0])
  const helped = found.filter((denial) => denial?.reason === 'scope' || denial?.reason === 'token')
  if (found.length === 0 || helped.length < found.length) return undefined
  const scope = new Set(helped.flatMap((denial) => denial?.requiredScopes[0] ?? []))
  const error = helped.some((denial) => denial?.reason === 'scope') ? 'insufficient_scope' : undefined
  return formatChallenge(writeChallenges({ error, scope }, options))
}
