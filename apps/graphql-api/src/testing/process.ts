import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { Site } from './example.js'

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url))

/** The built example in a process of its own. */
export interface ExampleProcess extends Site {
  readonly child: ChildProcess
  /** What was printed so far. */
  readonly output: () => string
  /** Sends the signal and answers with the exit code, null when the signal itself ended the process. */
  end(signal: NodeJS.Signals): Promise<number | null>
}

/** Runs dist/main.js with this environment and nothing of ours. */
export function spawnExample(environment: Record<string, string>): {
  child: ChildProcess
  output: () => string
  ended: Promise<number | null>
} {
  if (!existsSync(main)) throw new Error(`The example is not built: there is no ${main}.`)
  const child = spawn(process.execPath, [main], {
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const chunks: string[] = []
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => chunks.push(chunk))
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
  return { child, output: () => chunks.join(''), ended }
}

/** Runs the built example until it is healthy. */
export async function runExample(environment: Record<string, string> & { PORT: string }): Promise<ExampleProcess> {
  const { child, output, ended } = spawnExample(environment)
  const site = { issuer: `http://localhost:${environment.PORT}`, api: `http://127.0.0.1:${environment.PORT}` }
  for (;;) {
    const healthy = await fetch(`${site.api}/healthz`).then(
      (response) => response.ok,
      () => false,
    )
    if (healthy) break
    if (child.exitCode !== null) throw new Error(`The example ended by itself:\n${output()}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return {
    ...site,
    child,
    output,
    end(signal) {
      child.kill(signal)
      return ended
    },
  }
}

/** A port that is free now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() =>
        address !== null && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port')),
      )
    })
  })
}
