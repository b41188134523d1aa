/** A value of a row or a statement: what every SQL driver can carry. */
export type SqlValue = string | number | null

export type SqlRow = Readonly<Record<string, unknown>>

/** Runs one statement with `$1`-style parameters and gives its rows (none for a statement without RETURNING). */
export type SqlQuery = (text: string, values?: readonly SqlValue[]) => Promise<readonly SqlRow[]>

/** What the SQL store needs from a database. A transaction has the connection to itself: other calls wait. */
export interface SqlPort {
  readonly query: SqlQuery
  transaction<T>(run: (query: SqlQuery) => Promise<T>): Promise<T>
  close(): Promise<void>
}
