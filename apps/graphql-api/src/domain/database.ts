/** A row as the driver gives it; each reader parses its own. */
export type Row = Readonly<Record<string, unknown>>
export type Value = string | number | null

/** One statement at a time: inside `transaction` a connection that nobody else writes through. */
export interface Queries {
  /** Runs one SQL statement with `$1`, `$2`, … bound to the values and answers with its rows. */
  query(text: string, values?: readonly Value[]): Promise<readonly Row[]>
}

/** What the domain asks of a database. */
export interface Database extends Queries {
  /** Runs the steps as one: all of them or, when one throws, none. */
  transaction<T>(steps: (queries: Queries) => Promise<T>): Promise<T>
  close(): Promise<void>
}

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
export async function migrate(database: Database): Promise<void> {
  await database.query('CREATE TABLE IF NOT EXISTS migrations (step INTEGER PRIMARY KEY)')
  for (const [step, statements] of MIGRATIONS.entries()) {
    await database.transaction(async ({ query }) => {
      const [mine] = await query('INSERT INTO migrations (step) VALUES ($1) ON CONFLICT DO NOTHING RETURNING step', [
        step,
      ])
      if (mine === undefined) return
      for (const statement of statements) await query(statement)
    })
  }
}
