/** Finds files by patterns. Node 20 has no glob of its own. */
import { readdir, stat } from 'node:fs/promises'
import { join, relative, resolve, sep } from 'node:path'
import { UsageError } from './errors.js'

const MAGIC = /[*?[\]{}]/

/**
 * The files that patterns match, sorted, each once; a path without wildcards must exist. `*` and `?` stay inside a
 * folder, `**` crosses folders, `{a,b}` gives alternatives, `[abc]` a choice of letters. `node_modules` and names that
 * begin with a dot are only found when they are written out.
 * @throws {UsageError} for a pattern that matches nothing
 */
export async function findFiles(patterns: readonly string[], cwd: string): Promise<readonly string[]> {
  const found = new Set<string>()
  for (const pattern of patterns) {
    const matches = MAGIC.test(pattern) ? await match(pattern, cwd) : await exact(pattern, cwd)
    if (matches.length === 0) throw new UsageError(`No file matches ${pattern}.`)
    for (const file of matches) found.add(file)
  }
  return [...found].sort()
}

async function exact(path: string, cwd: string): Promise<readonly string[]> {
  const status = await stat(resolve(cwd, path)).catch(() => undefined)
  return status?.isFile() ? [toUnix(path)] : []
}

async function match(pattern: string, cwd: string): Promise<readonly string[]> {
  const segments = toUnix(pattern).split('/')
  const fixed = segments.slice(
    0,
    segments.findIndex((segment) => MAGIC.test(segment)),
  )
  const start = resolve(cwd, fixed.join('/') || (pattern.startsWith('/') ? '/' : '.'))
  const expression = toExpression(segments.slice(fixed.length).join('/'))
  const files = await walk(start, start)
  const prefix = fixed.length > 0 ? `${fixed.join('/')}/` : ''
  return files.filter((file) => expression.test(file)).map((file) => `${prefix}${file}`)
}

async function walk(folder: string, start: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  const nested = entries.map(async (entry): Promise<readonly string[]> => {
    if (entry.name.startsWith('.') || entry.name === 'node_modules') return []
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return walk(path, start)
    return entry.isFile() ? [toUnix(relative(start, path))] : []
  })
  return (await Promise.all(nested)).flat()
}

const toUnix = (path: string): string => path.split(sep).join('/')

const PARTS = /\*\*\/|\*\*|\*|\?|\[[^\]/]+\]|\{[^{}]*\}|[^*?[{]+|./g

/** Writes a pattern as a regular expression over a whole path. */
export function toExpression(pattern: string): RegExp {
  const source = (pattern.match(PARTS) ?? []).map((part) => {
    if (part === '**/') return '(?:.*/)?'
    if (part === '**') return '.*'
    if (part === '*') return '[^/]*'
    if (part === '?') return '[^/]'
    if (part.startsWith('[') && part.length > 1)
      return `[${part.slice(1, -1).replace(/^!/, '^').replaceAll('\\', '\\\\')}]`
    if (part.startsWith('{') && part.length > 1) return alternatives(part.slice(1, -1))
    return part.replaceAll(/[\\^$.|?*+()[\]{}]/g, '\\$&')
  })
  return new RegExp(`^${source.join('')}$`)
}

function alternatives(list: string): string {
  return `(?:${list
    .split(',')
    .map((one) => toExpression(one).source.slice(1, -1))
    .join('|')})`
}
