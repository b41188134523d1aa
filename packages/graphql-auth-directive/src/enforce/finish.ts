/** What becomes of a result when objects that turned up were denied. */
import type { ExecutionResult } from 'graphql'
import { extensionsOf } from '../decide/denial.js'
import type { Permit } from './permits.js'

/** In mode `dryRun` more than these are not listed. */
const MAX_LISTED = 100

/**
 * Takes the denials of guards since the last time. In mode `reject` the data of a query or of an event that came with
 * them is discarded, GraphQL §7.1.2; in mode `dryRun` they are listed.
 */
export function finishResult(result: ExecutionResult, permit: Permit | undefined, isPartial: boolean): ExecutionResult {
  if (!permit) return result
  const denials = permit.denials.splice(0)
  if (permit.isDry) return listDenials(result, permit, denials)
  if (denials.length === 0 || isPartial || permit.operation.operation === 'mutation') return result
  const errors = result.errors ?? []
  // Of several failing fields under one non-null field graphql reports one: a denial is reported all the same.
  const isReported = errors.some((error) =>
    denials.some((denial) => denial === error || denial === error.originalError),
  )
  return { ...result, data: null, errors: isReported ? errors : [...errors, ...denials.slice(0, 1)] }
}

function listDenials(result: ExecutionResult, { found }: Permit, guards: Permit['denials']): ExecutionResult {
  const before = found.map((denial) => ({ path: denial.path, ...extensionsOf(denial) }))
  const denials = [...before, ...guards.map(({ extensions }) => extensions)].slice(0, MAX_LISTED)
  return { ...result, extensions: { ...result.extensions, auth: { denials } } }
}
