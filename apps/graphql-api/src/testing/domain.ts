import { openSqlite } from '@scopewise/oauth-server/sqlite'
import { createDomain, type Domain } from '../domain/domain.js'
import { demoAccounts } from '../settings/demo-accounts.js'

/** The demo's domain in memory, at a time that stands still unless told. */
export const demoDomain = (now: () => number = () => 1_780_000_000): Promise<Domain> =>
  createDomain({ database: openSqlite(':memory:'), accounts: demoAccounts, now })
