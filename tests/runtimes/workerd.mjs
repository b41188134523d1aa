import { spawn } from 'node:child_process'
import { copyFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** What to install. */
export const WORKERD = 'workerd@1.20261023.1'

export const binaryIn = (folder) => join(folder, 'node_modules/.bin/workerd')

/** Serves the bundle as a worker on a free port, asks it once, and stops it. */
export async function runInWorkerd(bundle, binary) {
  copyFileSync(bundle, join(dirname(bundle), 'worker.mjs'))
  const { origin, ended, stop } = startWorkerd({ binary, folder: dirname(bundle), port: await freePort() })
  try {
    return await Promise.race([ask(origin), ended])
  } finally {
    stop()
  }
}

/** Serves `worker.mjs` of a folder. `ended` rejects when workerd ends by itself. */
export function startWorkerd({ binary, folder, port, bindings = {} }) {
  const config = join(folder, 'worker.capnp')
  const texts = Object.entries(bindings).map(
    ([name, value]) =>
      `(name = ${JSON.stringify(name)}, ${typeof value === 'string' ? 'text' : 'json'} = ${JSON.stringify(typeof value === 'string' ? value : JSON.stringify(value))})`,
  )
  writeFileSync(
    config,
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [(name = "worker.mjs", esModule = embed "worker.mjs")],
      compatibilityDate = "2026-10-01",
      bindings = [${texts.join(', ')}],
      globalOutbound = "outbound",
    )),
    (name = "outbound", network = (allow = ["private", "local"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
`,
  )
  const child = spawn(binary, ['serve', config], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      output += chunk
    })
  const ended = new Promise((_, reject) => {
    child.on('error', reject)
    child.on('close', (code) => reject(new Error(`workerd ended with ${code}\n${output.slice(-4000)}`)))
  })
  ended.catch(() => undefined)
  return { origin: `http://127.0.0.1:${port}/`, ended, stop: () => child.kill() }
}

async function ask(url) {
  for (let attempt = 0; ; attempt++) {
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(900_000) })
      const text = await response.text()
      if (!response.ok) throw new TypeError(`workerd answered ${response.status}: ${text.slice(0, 2000)}`)
      return JSON.parse(text)
    } catch (error) {
      // Until it listens.
      if (attempt === 100 || error?.cause?.code !== 'ECONNREFUSED') throw error
      await sleep(100)
    }
  }
}

export function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}
