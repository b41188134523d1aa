import { SetupError } from '../errors.js'
import type { Settings } from './environment.js'
import { isLoopback, type Origins } from './origins.js'

/**
 * Refuses the demo's well-known users, clients and home-made secret wherever somebody else could reach them.
 * @throws {SetupError} naming why it counts as exposed and what to set
 */
export function refuseExposedDemo(settings: Settings, origins: Origins): void {
  const reasons = exposures(settings, origins)
  const missing = [
    settings.usersFile === undefined && 'USERS_FILE',
    settings.clientsFile === undefined && 'CLIENTS_FILE',
    settings.secret === undefined && 'SECRET',
  ].filter((name) => name !== false)
  if (reasons.length === 0 || missing.length === 0) return
  throw new SetupError(
    `The demo users and clients are for this machine alone, and ${reasons.join(' and ')}: set ${listed(missing)} ` +
      '(USERS_FILE and CLIENTS_FILE are JSON with hashed secrets, SECRET has 32 characters or more; see apps/graphql-api/README.md).',
  )
}

function exposures(settings: Settings, origins: Origins): string[] {
  return [
    !isLoopback(new URL(origins.issuer).hostname) && `ISSUER is ${origins.issuer}`,
    !isLoopback(new URL(origins.api).hostname) && `API_ORIGIN is ${origins.api}`,
    settings.host !== undefined && !isLoopback(settings.host) && `HOST is ${settings.host}`,
    settings.production && 'NODE_ENV is production',
  ].filter((reason) => reason !== false)
}

const listed = (names: readonly string[]): string =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
