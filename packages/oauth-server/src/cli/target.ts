/** Finds the server that a command works on. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { defineAccessToken, defineScopes, type Scopes } from '@scopewise/token-core'
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
  /** Whether the server's secret is known: without it nothing of the keys can be read. */
  readonly hasSecret: boolean
  readonly close: () => Promise<void>
}

/** @throws {UsageError} when none is named, or what is named can't be used */
export async function openTarget(values: Values, surroundings: Surroundings): Promise<Target> {
  const named = [values.config, values.sqlite, values['database-url']].filter((value) => value !== undefined)
  if (named.length !== 1)
    throw new UsageError('Name the server by one of --config MODULE, --sqlite FILE and --database-url URL.')
  if (values.config !== undefined) return loadServer(values.config, surroundings.cwd)
  const opened = await openStore(values, surroundings.cwd)
  const secret = await readSecret(values, surroundings)
  return {
    server: createServerOver(opened.store, values, secret),
    hasSecret: secret !== undefined,
    close: opened.close,
  }
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
  return { server, hasSecret: true, close: async () => undefined }
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
    const path = resolve(cwd, values.sqlite)
    if (!existsSync(path)) throw new UsageError(`There is no file ${path}: the server makes it when it starts.`)
    const store = sqliteStore(path)
    return { store, close: () => store.close() }
  }
  const pool = await openPool(values['database-url'] ?? '', cwd)
  return {
    // Of a mistyped schema nothing is made, and none is brought to another version under the servers that use it.
    store: postgresStore(pool, { migrate: false, ...(values.schema !== undefined && { schema: values.schema }) }),
    close: () => pool.end(),
  }
}

/** The driver is the user's: it is found from where the command runs. */
async function openPool(connectionString: string, cwd: string): Promise<PostgresDriver & { end(): Promise<void> }> {
  // A URL, or the folder of a socket. pg takes anything else for the name of a database on a host of its own invention.
  if (!/^(?:postgres(?:ql)?:|socket:|\/)/.test(connectionString))
    throw new UsageError('--database-url has to be an address such as postgres://user@host/database.')
  try {
    const path = createRequire(join(cwd, 'package.json')).resolve('pg')
    const { default: pg } = await import(pathToFileURL(path).href)
    return new pg.Pool({ connectionString, max: 2 })
  } catch (error) {
    const [sentence] = messageOf(error).split('\n')
    throw new UsageError(`--database-url needs the package pg in this folder (npm install pg): ${sentence}`)
  }
}

/** A server that knows no more than its store: enough for its keys and clients. */
function createServerOver(store: Store, { scope = [] }: Values, secret: string | undefined): AuthorizationServer {
  return createAuthorizationServer({
    issuer: 'http://localhost',
    // No token is signed here, and a key ring keeps a key no shorter than the server said that made it.
    token: defineAccessToken({ scopes: declare(scope), lifetime: 1 }),
    resources: { 'urn:scopewise:cli': [] },
    clients: [],
    login: () => new Response(null, { status: 404 }),
    store,
    // Clients are kept as hashes and need none.
    secret: secret ?? randomToken(),
  })
}

/** What --scope names has to be declared: whether the server knows it too, only the server can say. */
function declare(scope: readonly string[]): Scopes<string> {
  try {
    return defineScopes(Object.fromEntries(['unused', ...scope].map((value) => [value, value])))
  } catch (error) {
    throw new UsageError(`--scope: ${messageOf(error)}`)
  }
}

async function readSecret(values: Values, { cwd, env }: Surroundings): Promise<string | undefined> {
  const file = values['secret-file']
  if (file === undefined) return env['SCOPEWISE_SECRET']
  try {
    return (await readFile(resolve(cwd, file), 'utf8')).trim()
  } catch (error) {
    throw new UsageError(`--secret-file ${file} can't be read: ${messageOf(error)}`)
  }
}
