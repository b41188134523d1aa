import type { SqlPort, SqlQuery, SqlRow, SqlValue } from './port.js'

/**
 * A transition of several writes, told once for both dialects: named steps in order, then what is read. A step may use the
 * rows that an earlier one returned as a relation of its name. PostgreSQL runs them as one statement in which every step
 * sees the tables as they were before, SQLite one after the other in one transaction: so no step may depend on what
 * another one wrote, only on what it returned.
 */
export interface Transition {
  readonly steps: Readonly<Record<string, string>>
  readonly read: string
}

/** What the statements of the store are run with. */
export interface Sql {
  readonly query: SqlQuery
  run(transition: Transition, values: readonly SqlValue[]): Promise<readonly SqlRow[]>
}

/** How a database speaks: the few words that differ, and how it makes a transition atomic. */
export type Dialect = (port: SqlPort) => Sql

/** `EACH($1)`: the members of a JSON array of objects as `value`. `LOCKED`, `SKIP_LOCKED`: row locks, which SQLite has no use for. */
const spell =
  (each: (parameter: string) => string, locked: string, skipLocked: string) =>
  (text: string): string =>
    text
      .replaceAll(/EACH\((\$\d+)\)/g, (_, parameter: string) => each(parameter))
      .replaceAll(/\bLOCKED\b/g, locked)
      .replaceAll(/\bSKIP_LOCKED\b/g, skipLocked)

const spellSqlite = spell((parameter) => `json_each(${parameter})`, '', '')
const spellPostgres = spell(
  (parameter) => `jsonb_array_elements(CAST(CAST(${parameter} AS TEXT) AS JSONB)) AS each (value)`,
  'FOR UPDATE',
  'FOR UPDATE SKIP LOCKED',
)

const memoize = <K extends object | string, V>(make: (key: K) => V): ((key: K) => V) => {
  const known = new Map<K, V>()
  return (key) => {
    const value = known.get(key) ?? make(key)
    known.set(key, value)
    return value
  }
}

/** PostgreSQL: one statement, each step a WITH query. */
export const postgresDialect: Dialect = (port) => {
  const text = memoize(spellPostgres)
  const statement = memoize(({ steps, read }: Transition) => {
    const queries = Object.entries(steps).map(([name, step]) => `${name} AS (${step})`)
    return spellPostgres(`WITH ${queries.join(', ')} ${read}`)
  })
  return {
    query: (sql, values) => port.query(text(sql), values),
    run: (transition, values) => port.query(statement(transition), values),
  }
}

/** SQLite: one transaction, in which a step gets the rows that it uses as JSON. */
export const sqliteDialect: Dialect = (port) => {
  const text = memoize(spellSqlite)
  const compiled = memoize(compileSteps)
  return {
    query: (sql, values) => port.query(text(sql), values),
    run: (transition, values) =>
      port.transaction(async (query) => {
        const returned = new Map<string, readonly SqlRow[]>()
        let rows: readonly SqlRow[] = []
        for (const { name, sql, uses } of compiled(transition)) {
          const used = uses.map((step) => JSON.stringify(returned.get(step)))
          rows = await query(sql, [...values, ...used])
          returned.set(name, rows)
        }
        return rows
      }),
  }
}

interface Step {
  readonly name: string
  readonly sql: string
  /** The earlier steps whose rows it uses, in the order of their parameters behind those of the transition. */
  readonly uses: readonly string[]
}

function compileSteps({ steps, read }: Transition): readonly Step[] {
  const all = [...Object.entries(steps), ['', read] as const]
  const parameters = Math.max(0, ...all.flatMap(([, sql]) => [...sql.matchAll(/\$(\d+)/g)].map(([, n]) => Number(n))))
  return all.map(([name, sql], index) => {
    const uses = all
      .slice(0, index)
      .map(([earlier]) => earlier)
      .filter((earlier) => new RegExp(`\\b${earlier}\\b`).test(sql))
    const relations = uses.map((step, i) => relation(step, steps[step] ?? '', parameters + i + 1))
    return { name, sql: spellSqlite(relations.length > 0 ? `WITH ${relations.join(', ')} ${sql}` : sql), uses }
  })
}

/** The rows that a step returned, from the JSON in a parameter. */
function relation(name: string, step: string, parameter: number): string {
  const columns = (/\bRETURNING (.+)$/s.exec(step)?.[1] ?? '').split(',').map((column) => column.trim())
  const values = columns.map((column) => `json_extract(value, '$.${column}') AS ${column}`)
  return `${name} AS (SELECT ${values.join(', ')} FROM json_each($${parameter}))`
}
