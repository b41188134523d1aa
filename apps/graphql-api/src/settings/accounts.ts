import * as z from 'zod'
import { isPasswordHash } from '../domain/password.js'
import { type Account, canonicalUsername } from '../domain/users.js'
import { readJsonFile } from './json-file.js'
import { scopeText } from './scope-text.js'

const account = z.strictObject({
  id: z.string().regex(/^user_[A-Za-z0-9-]{1,64}$/, 'must look like user_ada: letters, digits and dashes'),
  username: z.string().min(1).max(128),
  name: z.string().min(1).max(128),
  email: z.email(),
  passwordHash: z.string().refine(isPasswordHash, 'must be made by `node apps/graphql-api/dist/hash.js password`'),
  scope: scopeText,
})

const unique = (values: readonly string[]): boolean => new Set(values).size === values.length

const accounts = z
  .array(account)
  .min(1, 'must name at least one user')
  .refine((list) => unique(list.map(({ id }) => id)), 'must not use an id twice')
  .refine((list) => unique(list.map(({ username }) => canonicalUsername(username))), 'must not use a username twice')

/**
 * Reads USERS_FILE: a JSON array of accounts, passwords hashed.
 * @throws {SetupError} saying which entry is wrong and how
 */
export const readAccounts = (file: string): Promise<readonly Account[]> => readJsonFile('USERS_FILE', file, accounts)
