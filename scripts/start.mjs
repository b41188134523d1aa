// `npm start`: installs, builds and serves the example in this very process.
import { prepare } from './prepare.mjs'

endWithParent()
await prepare(['@scopewise/graphql-api'])
await import('../apps/graphql-api/dist/main.js')

/** A signal sent to `npm start` ends npm and its shell, not us. So we watch: when the parent is gone, we shut down too. */
function endWithParent() {
  const parent = process.ppid
  const isGone = () => {
    if (process.ppid !== parent) return true
    if (process.platform !== 'win32') return false
    try {
      process.kill(parent, 0)
      return false
    } catch {
      return true
    }
  }
  const timer = setInterval(() => {
    if (!isGone()) return
    clearInterval(timer)
    if (!process.emit('SIGTERM', 'SIGTERM')) process.exit(143)
  }, 250)
  timer.unref()
}
