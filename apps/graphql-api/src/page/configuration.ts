import type { DemoUser, PageConfiguration } from '../http/site.js'

const NAMES = ['issuer', 'clientId', 'resource', 'graphql'] as const

/** Asks the page's own server where everything is. @throws {Error} when it does not answer as it should */
export async function loadConfiguration(): Promise<PageConfiguration> {
  const response = await fetch('/config.json')
  return parseConfiguration(await response.json())
}

/** @throws {Error} naming what is missing */
export function parseConfiguration(value: unknown): PageConfiguration {
  // `as`: only to look at members, and each is looked at.
  const members = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>
  const read = (name: (typeof NAMES)[number]): string => {
    const member = members[name]
    if (typeof member === 'string') return member
    throw new Error(`config.json has no ${name}`)
  }
  return {
    issuer: read('issuer'),
    clientId: read('clientId'),
    resource: read('resource'),
    graphql: read('graphql'),
    demoUsers: Array.isArray(members['demoUsers']) ? members['demoUsers'].filter(isDemoUser) : [],
  }
}

const isDemoUser = (value: unknown): value is DemoUser =>
  typeof value === 'object' &&
  value !== null &&
  'username' in value &&
  typeof value.username === 'string' &&
  'password' in value &&
  typeof value.password === 'string'
