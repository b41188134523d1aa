import { OAuthError } from '../errors.js'

const DESCRIPTIONS = {
  unknown_resource: 'The resource is not known here, or the grant is not for it.',
  ambiguous_resource: 'The request has to name exactly one resource.',
  foreign_scope: 'The scope does not belong to the resource.',
} as const

/** RFC 8707 §2; a scope of another API is invalid_scope. */
export function invalidTarget(reason: keyof typeof DESCRIPTIONS): OAuthError {
  return new OAuthError(reason === 'foreign_scope' ? 'invalid_scope' : 'invalid_target', {
    description: DESCRIPTIONS[reason],
    reason,
  })
}

export function invalidScope(reason: string): OAuthError {
  return new OAuthError('invalid_scope', { description: 'The scope is more than may be asked for here.', reason })
}
