/** What of a schema is shown. */
import type { GraphQLSchema } from 'graphql'
import type { Analysis } from '../analyze/analysis.js'
import type { Settings } from '../options.js'
import type { AnyToken } from '../policy.js'

/** The schema that an operation is executed with: where it introspects, the part that the token may see. */
export function shownSchema(
  auth: { readonly '~inside': { readonly settings: Pick<Settings, 'introspection'> } },
  schema: GraphQLSchema,
  token: AnyToken | undefined,
  { introspects }: Pick<Analysis, 'introspects'>,
): GraphQLSchema {
  const { introspection } = auth['~inside'].settings
  return introspects && introspection.kind === 'filter' ? introspection.filter(schema, token, auth) : schema
}
