/**
 * Tokens in files, for the processes of one user on one machine. Node, Bun, Deno.
 *
 * @module
 */
import { createHash, randomUUID } from 'node:crypto'
import { link, mkdir, open, readdir, readFile, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { isObject } from '../http/json.js'
import type { StoredRecord, TokenStore } from '../manager/store.js'

/**
 * Keeps tokens in a directory that only this user may read. A record is a row of numbered files; the next number is taken by linking a
 * complete file to it, which the file system lets one process do, so there are no locks that a killed process could leave behind.
 *
 * NOT done: encryption. Whoever can read the files of this user can read the tokens.
 *
 * @param directory made when it is not there; on a local file system
 */
export function fileStore(directory: string): TokenStore {
  const folderOf = (key: string) => join(directory, createHash('sha256').update(key).digest('hex').slice(0, 32))
  return {
    async read(key) {
      return (await readLast(folderOf(key))).record
    },
    async swap(key, expected, next) {
      const folder = folderOf(key)
      await mkdir(folder, { recursive: true, mode: 0o700 })
      const { number, record } = await readLast(folder)
      if (record?.version !== expected) return false
      if (!record && !next) return true
      if (!(await take(folder, number + 1, JSON.stringify(next ?? null)))) return false
      // Numbers are freed by the sweep below, so a slow process may have taken one that is over.
      const isLast = (await listNumbers(folder))[0] === number + 1
      if (isLast) await sweep(folder, number + 1)
      else await unlink(join(folder, String(number + 1))).catch(() => undefined)
      return isLast
    },
  }
}

interface Last {
  readonly number: number
  readonly record: StoredRecord | undefined
}

async function readLast(folder: string): Promise<Last> {
  for (;;) {
    const [number] = await listNumbers(folder)
    if (number === undefined) return { number: 0, record: undefined }
    try {
      return { number, record: parse(await readFile(join(folder, String(number)), 'utf8')) }
    } catch (error) {
      // Swept by whoever wrote the next one: look again.
      if (!hasCode(error, 'ENOENT')) throw error
    }
  }
}

/** The numbers that are taken, the last one first. */
async function listNumbers(folder: string): Promise<readonly number[]> {
  try {
    const names = await readdir(folder)
    return names
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .sort((a, b) => b - a)
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return []
    throw error
  }
}

/** Writes a whole file and gives it its number; false when another process was first. */
async function take(folder: string, number: number, text: string): Promise<boolean> {
  const draft = join(folder, `draft-${randomUUID()}`)
  const file = await open(draft, 'wx', 0o600)
  try {
    await file.writeFile(text)
    // A power cut must not leave a number with an empty file: it would be the last word.
    await file.sync()
  } finally {
    await file.close()
  }
  try {
    await link(draft, join(folder, String(number)))
    return true
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false
    throw error
  } finally {
    await unlink(draft)
  }
}

/** Milliseconds after which a draft is no longer being written: its process was killed. */
const DRAFT_LIFETIME = 60_000

/** Removes what came before, and what killed processes left behind. */
async function sweep(folder: string, last: number): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name)
    const isOver = /^\d+$/.test(name) ? Number(name) < last : await isOld(path)
    if (isOver) await unlink(path).catch(() => undefined)
  }
}

async function isOld(path: string): Promise<boolean> {
  const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }))
  return Date.now() - mtimeMs > DRAFT_LIFETIME
}

function parse(text: string): StoredRecord | undefined {
  const record: unknown = JSON.parse(text)
  if (record === null) return undefined
  if (isObject(record) && typeof record['version'] === 'string' && typeof record['value'] === 'string')
    return { version: record['version'], value: record['value'] }
  throw new SyntaxError('This is no file of a token store')
}

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code
