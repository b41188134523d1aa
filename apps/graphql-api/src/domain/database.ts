import type { SqlPort } from '@scopewise/oauth-server/sqlite'

/** The schema, step by step. A step that was released is never changed: a change is a new step at the end. */
const MIGRATIONS: readonly (readonly string[])[] = [
  [
    `CREATE TABLE users (
      id TEXT PRIMARY KEY,
      username TEXT UNIQUE,
      name TEXT NOT NULL,
      email TEXT,
      password_hash TEXT,
      scope TEXT NOT NULL
    ) STRICT`,
    `CREATE TABLE notes (
      position INTEGER PRIMARY KEY AUTOINCREMENT,
      id TEXT NOT NULL UNIQUE,
      title TEXT NOT NULL,
      body TEXT NOT NULL,
      internal_note TEXT,
      author_id TEXT NOT NULL REFERENCES users (id),
      pinned INTEGER NOT NULL,
      created_at INTEGER NOT NULL
    ) STRICT`,
    'CREATE INDEX notes_listed ON notes (pinned, position)',
    `CREATE TABLE audit_log (
      position INTEGER PRIMARY KEY AUTOINCREMENT,
      at INTEGER NOT NULL,
      actor TEXT NOT NULL,
      action TEXT NOT NULL
    ) STRICT`,
    'CREATE TABLE first_start (happened INTEGER PRIMARY KEY) STRICT',
  ],
]

/** Brings the schema up to date; several processes may start at once, each step happens in one of them. */
export async function migrate(database: SqlPort): Promise<void> {
  await database.query('CREATE TABLE IF NOT EXISTS migrations (step INTEGER PRIMARY KEY)')
  for (const [step, statements] of MIGRATIONS.entries()) {
    await database.transaction(async (query) => {
      const [mine] = await query('INSERT INTO migrations (step) VALUES ($1) ON CONFLICT DO NOTHING RETURNING step', [
        step,
      ])
      if (mine === undefined) return
      for (const statement of statements) await query(statement)
    })
  }
}
