/** Scopes: declare, parse, format, include, narrow. Imports neither jose nor `node:`. */
export {
  defineScopes,
  includesScope,
  type ScopeDeclarations,
  type ScopeDescription,
  type ScopeOf,
  type Scopes,
} from './scope/define.js'
export { formatScope, isScopeValue, narrowScope, parseScope } from './scope/values.js'
