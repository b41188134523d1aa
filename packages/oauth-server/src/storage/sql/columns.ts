import { OAuthError } from '../../errors.js'
import type { SqlRow } from './port.js'

/** Reading columns. One of another type means a damaged or foreign database and is refused. */

type ColumnType = 'TEXT' | 'BIGINT'
/** The columns of a table in the order in which their values are given. */
export type Columns = Readonly<Record<string, ColumnType>>

export const names = (columns: Columns): string => Object.keys(columns).join(', ')

/** `$first` and the following parameters, each with the type of its column: without it PostgreSQL takes a bare parameter for text. */
export const parameters = (columns: Columns, first: number): string =>
  Object.values(columns)
    .map((type, index) => `CAST($${first + index} AS ${type})`)
    .join(', ')

/** The columns of a joined table under names of their own. */
export const joined = (columns: Columns, table: string): string =>
  Object.keys(columns)
    .map((column) => `${table}.${column} AS ${table}_${column}`)
    .join(', ')

export function text(row: SqlRow, column: string): string {
  const value = row[column]
  return typeof value === 'string' ? value : damaged(column)
}

export function integer(row: SqlRow, column: string): number {
  const value = row[column]
  // Drivers give 64-bit columns as a bigint or as decimal text, too; every number of this schema is far below 2^53.
  const number =
    typeof value === 'bigint' || (typeof value === 'string' && /^-?\d+$/.test(value)) ? Number(value) : value
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : damaged(column)
}

const isNull = (row: SqlRow, column: string): boolean => row[column] === null || row[column] === undefined

export const optionalText = (row: SqlRow, column: string): string | undefined =>
  isNull(row, column) ? undefined : text(row, column)

export const optionalInteger = (row: SqlRow, column: string): number | undefined =>
  isNull(row, column) ? undefined : integer(row, column)

export const optionalList = (row: SqlRow, column: string): readonly string[] | undefined =>
  isNull(row, column) ? undefined : list(row, column)

export function list(row: SqlRow, column: string): readonly string[] {
  const value: unknown = JSON.parse(text(row, column))
  return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : damaged(column)
}

export function object(row: SqlRow, column: string): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(text(row, column))
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : damaged(column)
}

export function damaged(column: string): never {
  throw new OAuthError('server_error', {
    description: 'The database holds a row that this version can not read.',
    reason: `damaged column ${column}`,
  })
}
