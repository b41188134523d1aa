/** Finds the server that a command works on. */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { defineAccessToken, defineScopes } from '@scopewise/token-core'
import { randomToken } from '@scopewise/token-core/encoding'
import { type AuthorizationServer, createAuthorizationServer } from '../authorization-server.js'
import { postgresStore } from '../storage/sql/postgres.js'
import type { PostgresDriver } from '../storage/sql/postgres-port.js'
import { sqliteStore } from '../storage/sql/sqlite.js'
import type { Store } from '../storage/store.js'
import { messageOf, UsageError } from './errors.js'
import type { Surroundings, Values } from './run.js'

export interface Target {
  readonly server: AuthorizationServer
  readonly close: () => Promise<void>
}

/** Seconds. Nothing that a server of ours signed lives longer, so a key that is retired here stays published long enough. */
const LONGEST_TOKEN = 86_400

/** @throws {UsageError} when none is named, or what is named can't be used */
export async function openTarget(values: Values, surroundings: Surroundings): Promise<Target> {
  const named = [values.config, values.sqlite, values['database-url']].filter((value) => value !== undefined)
  if (named.length !== 1) throw new UsageError('Say --config MODULE, --sqlite FILE or --database-url URL.')
  if (values.config !== undefined) return loadServer(values.config, surroundings.cwd)
  const opened = await openStore(values, surroundings.cwd)
  return { server: await createServerOver(opened.store, values, surroundings), close: opened.close }
}

async function loadServer(path: string, cwd: string): Promise<Target> {
  let exported: Readonly<Record<string, unknown>>
  try {
    exported = await import(pathToFileURL(resolve(cwd, path)).href)
  } catch (error) {
    throw new UsageError(`${path} can't be imported: ${messageOf(error)}`)
  }
  const server = [exported['default'], exported['server']].find(isServer)
  if (!server)
    throw new UsageError(
      `${path} has neither a default export nor an export named server that createAuthorizationServer gave.`,
    )
  return { server, close: async () => undefined }
}

/** Told by what it can do: it may come from another copy of this package. */
function isServer(value: unknown): value is AuthorizationServer {
  return (
    typeof value === 'object' && value !== null && ['keys', 'clients', 'assess', 'fetch'].every((name) => name in value)
  )
}

interface OpenedStore {
  readonly store: Store
  readonly close: () => Promise<void>
}

async function openStore(values: Values, cwd: string): Promise<OpenedStore> {
  if (values.sqlite !== undefined) {
    const store = sqliteStore(resolve(cwd, values.sqlite))
    return { store, close: () => store.close() }
  }
  const pool = await openPool(values['database-url'] ?? '', cwd)
  return {
    store: postgresStore(pool, values.schema === undefined ? {} : { schema: values.schema }),
    close: () => pool.end(),
  }
}

/** The driver is the user's: it is found from where the command runs. */
async function openPool(connectionString: string, cwd: string): Promise<PostgresDriver & { end(): Promise<void> }> {
  try {
    const path = createRequire(join(cwd, 'package.json')).resolve('pg')
    const { default: pg } = await import(pathToFileURL(path).href)
    return new pg.Pool({ connectionString, max: 2 })
  } catch (error) {
    throw new UsageError(`--database-url needs the package pg in this folder: ${messageOf(error)}`)
  }
}

/** A server that knows no more than its store: enough for its keys and clients. */
async function createServerOver(
  store: Store,
  values: Values,
  surroundings: Surroundings,
): Promise<AuthorizationServer> {
  const scope = values.scope ?? []
  const scopes = defineScopes(Object.fromEntries(['unused', ...scope].map((value) => [value, value])))
  return createAuthorizationServer({
    issuer: 'http://localhost',
    token: defineAccessToken({ scopes, lifetime: LONGEST_TOKEN }),
    resources: { 'urn:scopewise:cli': [] },
    clients: [],
    login: () => new Response(null, { status: 404 }),
    store,
    // Clients are kept as hashes and need no secret; what needs one fails to open the keys with another.
    secret: (await readSecret(values, surroundings)) ?? randomToken(),
  })
}

async function readSecret(values: Values, { cwd, env }: Surroundings): Promise<string | undefined> {
  const file = values['secret-file']
  if (file === undefined) return env['SCOPEWISE_SECRET']
  try {
    return (await readFile(resolve(cwd, file), 'utf8')).trim()
  } catch (error) {
    throw new UsageError(`--secret-file: ${messageOf(error)}`)
  }
}
