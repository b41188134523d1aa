/**
 * Token status lists: revoke single tokens by one bit each. Imports neither jose nor `node:`.
 * @see https://datatracker.ietf.org/doc/draft-ietf-oauth-status-list/
 */
export type { StatusBits } from './status-list/bits.js'
export {
  createStatusListIssuer,
  type StatusList,
  type StatusListIssuer,
  type StatusListIssuerOptions,
} from './status-list/issue.js'
export { type ClaimsWithStatus, type StatusListsOptions, statusLists } from './status-list/revoked.js'
