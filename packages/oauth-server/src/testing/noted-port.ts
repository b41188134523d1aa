import type { SqlPort, SqlQuery } from '../storage/sql/port.js'

/** A port that tells each statement, as it is sent, and each transaction as BEGIN and COMMIT. */
export function notedPort(port: SqlPort, note: (text: string) => void): SqlPort {
  const noted =
    (query: SqlQuery): SqlQuery =>
    (text, values) => {
      note(text)
      return query(text, values)
    }
  return {
    query: noted(port.query),
    async transaction(run) {
      note('BEGIN')
      const result = await port.transaction((query) => run(noted(query)))
      note('COMMIT')
      return result
    },
    close: () => port.close(),
  }
}
