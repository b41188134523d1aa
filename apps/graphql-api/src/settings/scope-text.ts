import * as z from 'zod'
import { type AnyScope, isAnyScope } from '../scopes.js'

/** A scope string of a configuration file, like "notes:read notes:write": every value must be declared. RFC 6749 §3.3. */
export const scopeText = z.string().transform((text, context): AnyScope[] => {
  const values = text.split(' ').filter((value) => value !== '')
  const stranger = values.find((value) => !isAnyScope(value))
  if (values.length === 0 || stranger !== undefined) {
    const message =
      stranger === undefined
        ? 'must name at least one scope value'
        : `names ${JSON.stringify(stranger)}, which is not declared`
    context.addIssue({ code: 'custom', message })
  }
  return values.filter(isAnyScope)
})
