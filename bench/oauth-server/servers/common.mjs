// What every server of this benchmark shares: the code challenge, the bench endpoints, and how it says that it is ready.
import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import { VERIFIER } from '../scenarios.mjs'

export const challenge = createHash('sha256').update(VERIFIER).digest('base64url')

/**
 * Serves `handle` on a free port of loopback, and `/bench/…` beside it.
 * @param {(request, response) => void} handle
 * @param {{ codes(n: number): Promise<string[]>, refreshTokens(n: number): Promise<string[]>, forget(): unknown, jwts?, opaqueTokens?,
 *   fill?, fillExpired?, expire? }} bench
 * @param {Record<string, string>} paths
 */
export function serveBench(handle, bench, paths) {
  const server = createServer((request, response) => {
    if (!request.url.startsWith('/bench/')) return handle(request, response)
    const url = new URL(request.url, 'http://localhost')
    const count = Number(url.searchParams.get('n'))
    answer(bench, url.pathname, count).then(
      (body) => response.end(JSON.stringify(body)),
      (error) => response.writeHead(500).end(String(error?.stack ?? error)),
    )
  })
  // A connection waits while the others prepare their turn.
  server.keepAliveTimeout = 600_000
  server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port, paths }))
  process.on('disconnect', () => process.exit(0))
}

async function answer(bench, path, count) {
  if (path === '/bench/codes') return bench.codes(count)
  if (path === '/bench/refresh-tokens') return bench.refreshTokens(count)
  if (path === '/bench/jwts') return bench.jwts(count)
  if (path === '/bench/opaque-tokens') return bench.opaqueTokens(count)
  if (path === '/bench/fill') return bench.fill(count)
  if (path === '/bench/fill-expired') return bench.fillExpired(count)
  if (path === '/bench/expire') return bench.expire()
  // What lies in memory grows with the requests that a server could take in the time it had: the fastest would have the most.
  await bench.forget()
  globalThis.gc?.()
  return { rss: process.memoryUsage().rss }
}

/** Reads a form body. */
export function readForm(request) {
  return new Promise((resolve) => {
    const chunks = []
    request.on('data', (chunk) => chunks.push(chunk))
    request.on('end', () =>
      resolve(new URLSearchParams((chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)).toString())),
    )
  })
}
