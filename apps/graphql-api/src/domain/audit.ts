import type { SqlPort, SqlQuery } from '@scopewise/oauth-server/sqlite'
import * as z from 'zod'

/** Something that happened: when (epoch seconds), who did it, and what. Never a secret. */
export interface AuditEntry {
  readonly at: number
  readonly actor: string
  readonly action: string
}

export interface Audit {
  /** Writes an entry; inside a transaction it stands or falls with what it tells of. */
  record(entry: AuditEntry, within?: SqlQuery): Promise<void>
  /** The latest entries, newest first. */
  latest(first: number): Promise<readonly AuditEntry[]>
}

const row = z.object({ at: z.number(), actor: z.string(), action: z.string() })

/** The log of what happened, in the order in which it was written. */
export function createAudit(database: SqlPort): Audit {
  return {
    async record({ at, actor, action }, query = database.query) {
      await query('INSERT INTO audit_log (at, actor, action) VALUES ($1, $2, $3)', [at, actor, action])
    },
    async latest(first) {
      const rows = await database.query('SELECT at, actor, action FROM audit_log ORDER BY position DESC LIMIT $1', [
        first,
      ])
      return rows.map((each) => row.parse(each))
    },
  }
}
