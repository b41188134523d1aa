// A Redis of its own for one test file, forked by start.ts. It ends with whoever forked it, also when that one is killed.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const folder = mkdtempSync(join(tmpdir(), 'scopewise-redis-'))
// A socket in the folder instead of a port: nothing can be in its way.
const socket = join(folder, 'redis.sock')
const settings = ['--port', '0', '--unixsocket', socket, '--save', '', '--appendonly', 'no', '--dir', folder]
const server = spawn(process.argv[2], settings, { stdio: ['ignore', 'pipe', 'inherit'] })

process.on('disconnect', () => process.exit(0))
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(0))
process.on('exit', () => {
  server.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
})
server.on('exit', (code) => {
  process.stderr.write(`redis ended with ${code}\n`)
  process.exit(1)
})

let log = ''
server.stdout.on('data', (chunk) => {
  if (log === undefined) return
  log += chunk
  if (!/ready to accept connections/i.test(log)) return
  log = undefined
  process.send({ where: socket })
})
