/**
 * What a GraphQL operation needs, known before it is sent. No graphql-js.
 *
 * @module
 */
export { type OperationManifest, type OperationRequest, scopePlanner, scopesFor } from './graphql/planner.js'
