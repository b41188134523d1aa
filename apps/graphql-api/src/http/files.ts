import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { extname, join, relative, sep } from 'node:path'
import { SetupError } from '../errors.js'

/** A file held in memory, ready to be sent. */
export interface StaticFile {
  readonly type: string
  readonly body: Uint8Array<ArrayBuffer> | string
  readonly etag: string
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
}

/** Makes a file of what it holds; its name tells the type. */
export function staticFile(name: string, body: StaticFile['body']): StaticFile {
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`
  return { type: TYPES[extname(name)] ?? 'application/octet-stream', body, etag }
}

/**
 * Reads all files of the built page once. Requests are answered from this map by their exact path, so that no path,
 * however it is written, can reach a file outside of it.
 * @throws {SetupError} when the page was not built
 */
export async function readFiles(directory: string): Promise<ReadonlyMap<string, StaticFile>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch((cause: unknown) => {
    throw new SetupError(`The page is not built: run \`npm run build\` (there is no ${directory}).`, { cause })
  })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const read = files.map(async (file): Promise<[string, StaticFile]> => {
    const path = `/${relative(directory, file).split(sep).join('/')}`
    return [path, staticFile(file, new Uint8Array(await readFile(file)))]
  })
  return new Map(await Promise.all(read))
}

/** Sends a file, or 304 to who has it already. RFC 9110 §13.1.2. */
export function sendFile(
  request: Request,
  { type, body, etag }: StaticFile,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const shared = { etag, 'cache-control': 'no-cache', ...headers }
  const known = request.headers
    .get('if-none-match')
    ?.split(',')
    .some((tag) => tag.trim().replace(/^W\//, '') === etag)
  if (known) return new Response(null, { status: 304, headers: shared })
  return new Response(body, { headers: { 'content-type': type, ...shared } })
}
