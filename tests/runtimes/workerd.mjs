import { spawn } from 'node:child_process'
import { copyFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** Serves the bundle as a worker on a free port, asks it once, and stops it. */
export async function runInWorkerd(bundle, binary) {
  const folder = dirname(bundle)
  const port = await freePort()
  copyFileSync(bundle, join(folder, 'worker.mjs'))
  const config = join(folder, 'worker.capnp')
  writeFileSync(
    config,
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [(name = "worker.mjs", esModule = embed "worker.mjs")],
      compatibilityDate = "2026-10-01",
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
  try {
    return await Promise.race([ask(`http://127.0.0.1:${port}/`), ended])
  } finally {
    ended.catch(() => undefined)
    child.kill()
  }
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

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}
