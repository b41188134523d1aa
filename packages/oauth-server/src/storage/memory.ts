import type { Seconds } from '../time.js'
import { authorizations } from './memory/authorizations.js'
import { deviceCodes } from './memory/device-codes.js'
import { expire } from './memory/expire.js'
import { refreshTokens } from './memory/refresh-tokens.js'
import {
  createTables,
  deleteConsent,
  findConsent,
  isAlive,
  revokeGrant,
  revokeWhere,
  type Tables,
  useOnce,
} from './memory/tables.js'
import type { Count, Counter, Store } from './store.js'

/** A store inside this process, for tests and for trying things out: everything is gone with the process. */
export function memoryStore(): Store {
  const tables = createTables()
  return {
    durability: 'memory',
    ...authorizations(tables),
    ...refreshTokens(tables),
    ...opaqueTokens(tables),
    ...deviceCodes(tables),
    ...clients(tables),
    ...grants(tables),
    ...sessions(tables),
    useOnce: async (key, expiresAt, at) => (useOnce(tables, key, expiresAt, at) ? 'first' : 'replayed'),
    count: async (counters, at) => counters.map((counter) => countOne(tables, counter, at)),
    uncount: async (keys, at) => {
      for (const key of keys) uncountOne(tables, key, at)
    },
    findKeys: async () => tables.keys,
    casKeys: async (expectedVersion, wrapped) => {
      if ((tables.keys?.version ?? 0) !== expectedVersion) return false
      tables.keys = { version: expectedVersion + 1, wrapped }
      return true
    },
    expire: async (at, limit) => expire(tables, at, limit),
    close: async () => undefined,
  }
}

function opaqueTokens(tables: Tables): Pick<Store, 'putOpaqueToken' | 'findOpaqueToken' | 'deleteOpaqueToken'> {
  return {
    putOpaqueToken: async (token) => {
      if (token.grantId !== undefined && !isAlive(tables.grants.get(token.grantId))) return 'gone'
      tables.opaqueTokens.set(token.hash, token)
      return 'stored'
    },
    findOpaqueToken: async (hash) => {
      const token = tables.opaqueTokens.get(hash)
      return token && { token, grant: token.grantId === undefined ? undefined : tables.grants.get(token.grantId) }
    },
    deleteOpaqueToken: async (hash) => tables.opaqueTokens.delete(hash),
  }
}

function clients(tables: Tables): Pick<Store, 'putClient' | 'findClient' | 'replaceClient' | 'deleteClient'> {
  return {
    putClient: async (client) => {
      if (tables.clients.has(client.clientId)) return 'taken'
      tables.clients.set(client.clientId, { ...client, version: 1 })
      return 'stored'
    },
    findClient: async (clientId) => tables.clients.get(clientId),
    replaceClient: async (client, expectedVersion) => {
      const known = tables.clients.get(client.clientId)
      if (!known) return 'gone'
      if (known.version !== expectedVersion) return 'conflict'
      tables.clients.set(client.clientId, { ...client, version: expectedVersion + 1, createdAt: known.createdAt })
      return 'replaced'
    },
    deleteClient: async (clientId, at) => {
      if (!tables.clients.delete(clientId)) return false
      for (const consent of [...tables.consents.values()])
        if (consent.clientId === clientId) deleteConsent(tables, consent)
      for (const token of [...tables.opaqueTokens.values()])
        if (token.clientId === clientId && token.grantId === undefined) tables.opaqueTokens.delete(token.hash)
      revokeWhere(tables, (grant) => grant.clientId === clientId, at)
      return true
    },
  }
}

function grants(
  tables: Tables,
): Pick<
  Store,
  'findGrant' | 'listGrants' | 'revokeGrant' | 'revokeGrants' | 'findConsent' | 'listConsents' | 'revokeConsent'
> {
  const isOf = (subject: string, clientId: string | undefined) => (grant: { subject: string; clientId: string }) =>
    grant.subject === subject && (clientId === undefined || grant.clientId === clientId)
  return {
    findGrant: async (id) => tables.grants.get(id),
    listGrants: async (subject, at, limit) =>
      [...tables.grants.values()]
        .filter((grant) => grant.subject === subject && isAlive(grant) && grant.expiresAt > at)
        .sort((a, b) => b.createdAt - a.createdAt)
        .slice(0, limit),
    revokeGrant: async (id, at) => revokeGrant(tables, id, at),
    revokeGrants: async (subject, clientId, at) => revokeWhere(tables, isOf(subject, clientId), at),
    findConsent: async (subject, clientId) => findConsent(tables, subject, clientId),
    listConsents: async (subject) => [...tables.consents.values()].filter((consent) => consent.subject === subject),
    revokeConsent: async (subject, clientId, at) => {
      deleteConsent(tables, { subject, clientId, scope: [] })
      return revokeWhere(tables, isOf(subject, clientId), at)
    },
  }
}

function sessions(
  tables: Tables,
): Pick<Store, 'findSession' | 'replaceSession' | 'deleteSession' | 'listSessions' | 'deleteSessions'> {
  return {
    findSession: async (hash) => tables.sessions.get(hash),
    replaceSession: async (session, replaced) => {
      if (replaced !== undefined) tables.sessions.delete(replaced)
      tables.sessions.set(session.hash, session)
    },
    deleteSession: async (hash) => {
      tables.sessions.delete(hash)
    },
    listSessions: async (subject, at, limit) =>
      [...tables.sessions.values()]
        .filter((session) => session.subject === subject && session.expiresAt > at)
        .sort((a, b) => b.authTime - a.authTime)
        .slice(0, limit),
    deleteSessions: async (subject, id) => {
      const meant = [...tables.sessions.values()].filter(
        (session) => session.subject === subject && (id === undefined || session.id === id),
      )
      for (const { hash } of meant) tables.sessions.delete(hash)
      return meant.map((session) => session.id)
    },
  }
}

function countOne(tables: Tables, { key, window }: Counter, at: Seconds): Count {
  const known = tables.counters.get(key)
  const next = known && known.resetsAt > at ? { ...known, count: known.count + 1 } : { count: 1, resetsAt: at + window }
  tables.counters.set(key, next)
  return { key, ...next }
}

function uncountOne(tables: Tables, key: string, at: Seconds): void {
  const known = tables.counters.get(key)
  if (known && known.resetsAt > at) tables.counters.set(key, { ...known, count: Math.max(0, known.count - 1) })
}
