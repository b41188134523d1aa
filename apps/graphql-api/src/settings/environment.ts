import { resolve } from 'node:path'
import * as z from 'zod'
import { SetupError } from '../errors.js'

const DEFAULT_PORT = 4000

const port = z
  .string()
  .regex(/^\d{1,5}$/, 'must be a number between 0 and 65535')
  .transform(Number)
  .refine((value) => value <= 65_535, 'must be a number between 0 and 65535')

const httpUrl = z.url({ protocol: /^https?$/, error: 'must be an http or https URL' })

const schema = z.object({
  PORT: port.default(DEFAULT_PORT),
  HOST: z.string().optional(),
  ISSUER: httpUrl.optional(),
  API_ORIGIN: httpUrl
    .refine((text) => new URL(text).origin === text, 'must be an origin alone, like https://notes.example')
    .optional(),
  DATA_DIR: z.string().default('.data'),
  SECRET: z.string().min(32, 'must have 32 characters or more').optional(),
  USERS_FILE: z.string().optional(),
  CLIENTS_FILE: z.string().optional(),
  NODE_ENV: z.string().optional(),
})

/** What the environment says, parsed. The origins are still open: their default holds the port, known once it is bound. */
export interface Settings {
  /** 0 asks the system for a free one. @default 4000 */
  readonly port: number
  /** The address to listen on. @default the loopback addresses */
  readonly host: string | undefined
  readonly issuer: string | undefined
  readonly apiOrigin: string | undefined
  readonly dataDir: string
  readonly secret: string | undefined
  readonly usersFile: string | undefined
  readonly clientsFile: string | undefined
  readonly production: boolean
}

/**
 * Parses the environment variables of the example; an empty one counts as absent.
 * @throws {SetupError} naming each variable that can't be used and why
 */
export function parseEnvironment(environment: Readonly<Record<string, string | undefined>>): Settings {
  const present = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''))
  const result = schema.safeParse(present)
  if (!result.success) {
    const complaints = result.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`)
    throw new SetupError(`${complaints.join('; ')}.`)
  }
  const { data } = result
  return {
    port: data.PORT,
    host: data.HOST,
    issuer: data.ISSUER,
    apiOrigin: data.API_ORIGIN,
    dataDir: resolve(data.DATA_DIR),
    secret: data.SECRET,
    usersFile: data.USERS_FILE,
    clientsFile: data.CLIENTS_FILE,
    production: data.NODE_ENV === 'production',
  }
}
