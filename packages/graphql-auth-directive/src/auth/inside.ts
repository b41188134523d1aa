/** What tools are told about an auth: how it reads schemas and operations. */

import type { GraphQLSchema } from 'graphql'
import type { Analysis } from '../analyze/analysis.js'
import type { NoPlan, Plan } from '../analyze/plan.js'
import type { SchemaIndex } from '../collect/schema-index.js'
import type { Settings } from '../options.js'

/** The same reading of a schema that enforcement uses: what a tool tells is what happens. */
export interface Inside {
  readonly settings: Settings
  /** @throws {AuthDirectiveError} invalid_schema */
  readonly indexOf: (schema: GraphQLSchema) => SchemaIndex
  readonly planOf: (analysis: Analysis) => Plan | NoPlan | undefined
}
