/** Runs one command line. */
import { parseArgs } from 'node:util'
import { isOAuthError, type OAuthError } from '../errors.js'
import { type Command, commands } from './commands.js'
import { messageOf, UsageError } from './errors.js'
import { openTarget } from './target.js'

/** What a command line comes to. Exit codes: 0 done, 1 it failed or something was found, 2 the command line is wrong. */
export interface Finished {
  readonly exitCode: 0 | 1 | 2
  readonly stdout: string
  readonly stderr: string
}

export interface Surroundings {
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
}

const OPTIONS = {
  config: { type: 'string' },
  sqlite: { type: 'string' },
  'database-url': { type: 'string' },
  schema: { type: 'string' },
  'secret-file': { type: 'string' },
  name: { type: 'string' },
  type: { type: 'string' },
  'redirect-uri': { type: 'string', multiple: true },
  scope: { type: 'string', multiple: true },
  'grant-type': { type: 'string', multiple: true },
  'auth-method': { type: 'string' },
  overlap: { type: 'string' },
  algorithm: { type: 'string' },
  standard: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean' },
} as const

export type Values = ReturnType<typeof parse>['values']

const parse = (args: readonly string[]) =>
  parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true, strict: true })

/** Never throws for what users can do wrong, nor for what the server refuses. */
export async function runCli(args: readonly string[], surroundings: Surroundings): Promise<Finished> {
  try {
    return await run(args, surroundings)
  } catch (error) {
    if (error instanceof UsageError || isParseError(error))
      return { exitCode: 2, stdout: '', stderr: `${messageOf(error)}\nSee oauth-server --help.\n` }
    if (isOAuthError(error)) return { exitCode: 1, stdout: '', stderr: `${withCause(error)}\n` }
    throw error
  }
}

/** An operator may read what stays off the wire: where the database is not, for one. */
function withCause({ message, cause }: OAuthError): string {
  const details = cause instanceof Error && cause.message !== '' ? cause.message : undefined
  return details === undefined || isOAuthError(cause) ? message : `${message} ${details}`
}

async function run(args: readonly string[], surroundings: Surroundings): Promise<Finished> {
  const { values, positionals } = parse(args)
  if (values.help) return { exitCode: 0, stdout: HELP, stderr: '' }
  if (positionals.length === 0) return { exitCode: 2, stdout: '', stderr: HELP }
  const [command, rest] = findCommand(positionals)
  const target = await openTarget(values, surroundings)
  try {
    const { server, hasSecret } = target
    const { text, json, isFailed = false } = await command({ server, hasSecret, values, positionals: rest })
    const stdout = values.json ? `${JSON.stringify(json, null, 2)}\n` : `${text}\n`
    return { exitCode: isFailed ? 1 : 0, stdout, stderr: '' }
  } finally {
    await target.close()
  }
}

/** Commands have one word or two. */
function findCommand(positionals: readonly string[]): readonly [Command, readonly string[]] {
  for (const words of [2, 1]) {
    const name = positionals.slice(0, words).join(' ')
    const command = Object.entries(commands).find(([known]) => known === name)?.[1]
    if (command) return [command, positionals.slice(words)]
  }
  throw new UsageError(
    `There is no command ${positionals.slice(0, 2).join(' ')}. There are: ${Object.keys(commands).join(', ')}.`,
  )
}

/** What node:util throws for options that it does not know. */
const isParseError = (error: unknown): boolean =>
  error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')

const HELP = `oauth-server COMMAND

  keys rotate                    publishes a new signing key; it signs once every verifier can know it
    --algorithm ES256|RS256        [both]
  clients create                 makes a client in the store; its secret is shown this once
    --name NAME --redirect-uri URI --scope SCOPE --grant-type TYPE     the last three may be repeated
    --type web|native|service      [service without a redirect URI, else web]
    --auth-method METHOD           [a secret for a service, else none]
  clients rotate-secret ID       gives a client of the store a new secret
    --overlap SECONDS              how long the old one goes on working [86400]
  assess                         compares a configuration with OAuth 2.1, RFC 9700 and FAPI 2.0
    --standard NAME                only one of them; without it findings of FAPI 2.0 do not fail

  --config MODULE      an ES module whose default export, or export named server, is what createAuthorizationServer gave
  --sqlite FILE        or: the store alone; keys need the server's secret as well
  --database-url URL   or: the store alone, in PostgreSQL, over the package pg of this folder
  --schema NAME        its schema [scopewise]
  --secret-file FILE   the server's secret [SCOPEWISE_SECRET]
  --json               the result as JSON

Exit codes: 0 done, 1 it failed or something was found, 2 the command line is wrong.
`
