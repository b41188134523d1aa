import type { SqlPort, SqlRow } from '@scopewise/oauth-server/sqlite'
import * as z from 'zod'
import { verifyPassword } from './password.js'

/** Somebody a note can belong to: a person, or a service that writes with a token of its own. */
export interface User {
  readonly id: string
  readonly name: string
  readonly email: string | null
}

/** A person as the users file (or the demo) declares them. */
export interface Account extends User {
  readonly email: string
  /** What they sign in with; compared without regard to case and width. */
  readonly username: string
  /** Made by hashPassword. */
  readonly passwordHash: string
  /** The scope values that this person may grant to a client. */
  readonly scope: readonly string[]
}

export interface Users {
  find(id: string): Promise<User | undefined>
  /** The people with an account, by name. */
  list(): Promise<readonly User[]>
  /** Answers with the user whose name and password these are; takes equally long for names that don't exist. */
  signIn(credentials: { username: string; password: string }): Promise<User | undefined>
  /** The scope values that the user may grant; none for one who may not sign in any more. */
  grantable(id: string): Promise<readonly string[]>
  /** The user that stands for a client which acts on its own; made the first time. */
  service(clientId: string): Promise<User>
  /** Makes the accounts those of the list. Who is not in it keeps their notes but can't sign in. */
  declare(accounts: readonly Account[]): Promise<void>
}

const user = z.object({ id: z.string(), name: z.string(), email: z.string().nullable() })
const credential = user.extend({ password_hash: z.string().nullable() })
const grantee = z.object({ scope: z.string() })

const optional = <T>(schema: z.ZodType<T>, [first]: readonly SqlRow[]): T | undefined =>
  first === undefined ? undefined : schema.parse(first)

/** `ADA`, `ada` and the full-width `ａｄａ` are one name: nobody can register as a look-alike. UTS 39 is not attempted. */
export const canonicalUsername = (typed: string): string => typed.normalize('NFKC').trim().toLowerCase()

/** The identifier of the user that stands for a client. A person's has no dot, so no client can be named like a person. RFC 9068 §5. */
export const serviceUserId = (clientId: string): string => `user_service.${clientId}`

/** Accounts for people and services, over SQL. */
export function createUsers(database: SqlPort): Users {
  return {
    async find(id) {
      return optional(user, await database.query('SELECT id, name, email FROM users WHERE id = $1', [id]))
    },

    async list() {
      const rows = await database.query(
        'SELECT id, name, email FROM users WHERE password_hash IS NOT NULL ORDER BY username',
      )
      return rows.map((row) => user.parse(row))
    },

    async signIn({ username, password }) {
      const rows = await database.query('SELECT id, name, email, password_hash FROM users WHERE username = $1', [
        canonicalUsername(username),
      ])
      const found = optional(credential, rows)
      const fits = await verifyPassword(password, found?.password_hash ?? undefined)
      return fits && found ? { id: found.id, name: found.name, email: found.email } : undefined
    },

    async grantable(id) {
      const rows = await database.query('SELECT scope FROM users WHERE id = $1 AND password_hash IS NOT NULL', [id])
      return optional(grantee, rows)?.scope.split(' ') ?? []
    },

    async service(clientId) {
      const id = serviceUserId(clientId)
      await database.query("INSERT INTO users (id, name, scope) VALUES ($1, $2, '') ON CONFLICT DO NOTHING", [
        id,
        clientId,
      ])
      return { id, name: clientId, email: null }
    },

    async declare(accounts) {
      await database.transaction(async (query) => {
        await query('UPDATE users SET username = NULL, password_hash = NULL')
        for (const account of accounts) {
          await query(
            `INSERT INTO users (id, username, name, email, password_hash, scope) VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (id) DO UPDATE SET username = excluded.username, name = excluded.name, email = excluded.email,
              password_hash = excluded.password_hash, scope = excluded.scope`,
            [
              account.id,
              canonicalUsername(account.username),
              account.name,
              account.email,
              account.passwordHash,
              account.scope.join(' '),
            ],
          )
        }
      })
    },
  }
}
