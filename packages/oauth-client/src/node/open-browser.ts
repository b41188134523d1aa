import { spawn } from 'node:child_process'
import { parseSecureUrl } from '../http/secure-url.js'

/** What opens a URL on each system. */
const COMMANDS: Readonly<Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>>> = {
  darwin: ['open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
}

/**
 * Opens the user's browser. No shell is involved, and only an https URL (http on loopback) is opened: the server that made it up is not
 * trusted to run commands here. CL-04.
 *
 * @throws {OAuthClientError} insecure_url
 */
export function openBrowser(url: URL | string): void {
  const { href } = parseSecureUrl(String(url), 'The URL to open')
  const [command, ...first] = COMMANDS[process.platform] ?? ['xdg-open']
  const child = spawn(command, [...first, href], { shell: false, stdio: 'ignore', detached: true })
  // No browser here: the caller has shown the URL, or the login ends with its time.
  child.on('error', () => undefined)
  child.unref()
}
