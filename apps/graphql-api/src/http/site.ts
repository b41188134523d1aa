import type { Origins } from '../settings/origins.js'
import { notFound, readOnly } from './answers.js'
import { type StaticFile, sendFile } from './files.js'
import { pagePolicy, withSecurityHeaders } from './headers.js'
import type { Fetch } from './hosts.js'

/** What the page has to know before it can do anything. */
export interface PageConfiguration {
  readonly issuer: string
  readonly clientId: string
  readonly resource: string
  readonly graphql: string
  /** Who can sign in, as long as the demo's public accounts are in use. */
  readonly demoUsers: readonly DemoUser[]
}

export interface DemoUser {
  readonly username: string
  readonly password: string
}

/** The API's origin: the page, the API, and what tells others about it. */
export function createSite(options: {
  origins: Origins
  /** The built page: `/index.html` and what it loads from `/assets/`. */
  files: ReadonlyMap<string, StaticFile>
  clientId: string
  demoUsers: readonly DemoUser[]
  health: Fetch
  api: Fetch
  resourceMetadata: { readonly path: string; fetch(request: Request): Response | Promise<Response> }
  graphiql: ReadonlyMap<string, Fetch>
}): Fetch {
  const { origins, files, clientId, demoUsers, health, api, resourceMetadata, graphiql } = options
  const configuration: PageConfiguration = {
    issuer: origins.issuer,
    clientId,
    resource: origins.resource,
    graphql: origins.resource,
    demoUsers,
  }
  const policy = pagePolicy({ connect: [new URL(origins.issuer).origin], image: ['data:'] })

  const routes = new Map<string, Fetch>([
    ['/config.json', readOnly(() => Response.json(configuration))],
    ['/healthz', health],
    [new URL(origins.resource).pathname, api],
    [resourceMetadata.path, async (request) => resourceMetadata.fetch(request)],
    ...graphiql,
  ])
  for (const [path, file] of files) {
    const headers = file.type.startsWith('text/html') ? { 'content-security-policy': policy } : {}
    routes.set(
      path === '/index.html' ? '/' : path,
      readOnly((request) => sendFile(request, file, headers)),
    )
  }

  // Looked up by the exact path: `//graphql`, `/GraphQL` and `/%67raphql` are other addresses, and hold nothing.
  return async (request) => withSecurityHeaders(await (routes.get(new URL(request.url).pathname) ?? nothing)(request))
}

const nothing: Fetch = async () => notFound()
