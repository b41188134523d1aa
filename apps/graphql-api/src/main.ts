import { fileURLToPath } from 'node:url'
import { isOAuthError } from '@scopewise/oauth-server'
import { banner } from './banner.js'
import { SetupError } from './errors.js'
import { parseEnvironment } from './settings/environment.js'
import { type Running, start } from './start.js'

try {
  const settings = parseEnvironment(process.env)
  const running = await start({ settings, publicDir: fileURLToPath(new URL('./public', import.meta.url)) })
  endOnSignal(running)
  console.log(banner(settings, running))
} catch (error) {
  console.error(explain(error))
  process.exit(1)
}

/** A sentence for what the reader can mend; the whole story for what is a fault of ours. */
function explain(error: unknown): string {
  if (error instanceof SetupError || isOAuthError(error)) return `Scopewise can't start. ${error.message}`
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

/** Ends cleanly on the first signal. More of them change nothing: `npm start` passes Ctrl-C on twice, and the end is near. */
function endOnSignal(running: Running): void {
  let ending = false
  const end = (signal: NodeJS.Signals): void => {
    if (ending) return
    ending = true
    console.log(`${signal}: answering what is in flight …`)
    running.close().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(explain(error))
        process.exit(1)
      },
    )
  }
  process.on('SIGINT', end)
  process.on('SIGTERM', end)
}
