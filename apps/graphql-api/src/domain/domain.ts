import type { SqlPort } from '@scopewise/oauth-server/sqlite'
import { type Audit, createAudit } from './audit.js'
import { migrate } from './database.js'
import { writeFirstNotes } from './first-notes.js'
import { createNotes, type Notes } from './notes.js'
import { type Account, createUsers, type Users } from './users.js'

/** What the example is about, without a word of HTTP, GraphQL or OAuth. */
export interface Domain {
  readonly notes: Notes
  readonly users: Users
  readonly audit: Audit
  /** Throws when the database does not answer. */
  ping(): Promise<void>
}

/** Opens the domain over a database: schema up to date, accounts as declared, the first notes written once. */
export async function createDomain(options: {
  database: SqlPort
  accounts: readonly Account[]
  /** Epoch seconds. */
  now: () => number
}): Promise<Domain> {
  const { database, accounts, now } = options
  await migrate(database)
  const audit = createAudit(database)
  const users = createUsers(database)
  await users.declare(accounts)
  await writeFirstNotes(
    database,
    accounts.map((account) => account.id),
  )
  return {
    audit,
    users,
    notes: createNotes({ database, audit, now }),
    async ping() {
      await database.query('SELECT 1')
    },
  }
}
