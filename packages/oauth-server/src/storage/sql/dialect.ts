import type { SqlPort, SqlQuery, SqlRow, SqlValue } from './port.js'

/**
 * A transition of several writes, told once for both dialects: named steps in order, and the one whose rows are the answer. A step
 * may use the row that an earlier one returned, as a relation of its name. PostgreSQL runs them as one statement in which every
 * step sees the tables as they were before, SQLite one after the other in one transaction: so no step may depend on what another
 * one wrote, only on what it returned.
 */
export interface Transition {
  readonly steps: Readonly<Record<string, string>>
  readonly answer: string
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

export const memoize = <K extends object | string, V>(make: (key: K) => V): ((key: K) => V) => {
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
  const statement = memoize(({ steps, answer }: Transition) => {
    const queries = Object.entries(steps).map(([name, step]) => `${name} AS (${step})`)
    return spellPostgres(`WITH ${queries.join(', ')} SELECT * FROM ${answer}`)
  })
  return {
    query: (sql, values) => port.query(text(sql), values),
    run: (transition, values) => port.query(statement(transition), values),
  }
}

/** SQLite: one transaction, in which a step gets the columns that it uses as parameters. */
export const sqliteDialect: Dialect = (port) => {
  const text = memoize(spellSqlite)
  const compiled = memoize(compileSteps)
  return {
    query: (sql, values) => port.query(text(sql), values),
    run: (transition, values) =>
      port.transaction(async (query) => {
        const returned = new Map<string, readonly SqlRow[]>()
        for (const { name, sql, uses } of compiled(transition)) {
          const used = uses.map(({ step, column }) => asValue(returned.get(step)?.[0]?.[column]))
          returned.set(name, await query(sql, [...values, ...used]))
        }
        return returned.get(transition.answer) ?? []
      }),
  }
}

interface Step {
  readonly name: string
  readonly sql: string
  /** The columns of earlier steps that it uses, in the order of their parameters behind those of the transition. */
  readonly uses: readonly Use[]
}
interface Use {
  readonly step: string
  readonly column: string
}

const asValue = (value: unknown): SqlValue => (typeof value === 'string' || typeof value === 'number' ? value : null)

function compileSteps({ steps }: Transition): readonly Step[] {
  const all = Object.entries(steps)
  const parameters = Math.max(...all.flatMap(([, sql]) => [...sql.matchAll(/\$(\d+)/g)].map(([, n]) => Number(n))))
  return all.map(([name, sql], index) => {
    const used = all.slice(0, index).filter(([earlier]) => new RegExp(`\\b${earlier}\\b`).test(sql))
    const uses: Use[] = []
    const relations = used.map(([step, earlier]) => {
      const columns = returnedColumns(earlier)
      const first = parameters + uses.length + 1
      uses.push(...columns.map((column) => ({ step, column })))
      return relation(step, columns, first)
    })
    return { name, sql: spellSqlite(relations.length > 0 ? `WITH ${relations.join(', ')} ${sql}` : sql), uses }
  })
}

const returnedColumns = (step: string): readonly string[] =>
  (/\bRETURNING (.+)$/s.exec(step)?.[1] ?? '').split(',').map((column) => column.trim())

/** The row that a step returned, or none: its first column is never NULL. */
const relation = (step: string, columns: readonly string[], first: number): string =>
  `${step} AS (SELECT ${columns.map((column, i) => `$${first + i} AS ${column}`).join(', ')} WHERE $${first} IS NOT NULL)`
