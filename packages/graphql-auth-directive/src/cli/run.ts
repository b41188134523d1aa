/** Runs one command line. */
import { parseArgs } from 'node:util'
import { commands } from './commands.js'
import { messageOf, UsageError } from './errors.js'
import { toSarif } from './sarif.js'

/** What a command line comes to. Exit codes: 0 fine, 1 something was found, 2 the command line is wrong. */
export interface Finished {
  readonly exitCode: 0 | 1 | 2
  readonly stdout: string
  readonly stderr: string
}

const OPTIONS = {
  schema: { type: 'string', multiple: true },
  auth: { type: 'string' },
  scopes: { type: 'string' },
  default: { type: 'string' },
  directive: { type: 'string' },
  lock: { type: 'string' },
  min: { type: 'string' },
  out: { type: 'string' },
  check: { type: 'boolean' },
  json: { type: 'boolean' },
  sarif: { type: 'boolean' },
  help: { type: 'boolean' },
} as const

/** Runs it in a folder. Never throws for what users can do wrong. */
export async function runCli(args: readonly string[], cwd: string): Promise<Finished> {
  try {
    return await run(args, cwd)
  } catch (error) {
    if (!(error instanceof UsageError) && !isParseError(error)) throw error
    return { exitCode: 2, stdout: '', stderr: `${messageOf(error)}\nSee graphql-auth-directive --help.\n` }
  }
}

async function run(args: readonly string[], cwd: string): Promise<Finished> {
  const { values, positionals } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true, strict: true })
  if (values.help) return { exitCode: 0, stdout: HELP, stderr: '' }
  const [name, ...rest] = positionals
  if (name === undefined) return { exitCode: 2, stdout: '', stderr: HELP }
  const command = Object.entries(commands).find(([known]) => known === name)?.[1]
  if (!command) throw new UsageError(`There is no command ${name}. There are ${Object.keys(commands).join(', ')}.`)
  if (values.json && values.sarif) throw new UsageError('Say --json or --sarif.')
  const { text, json, findings, isFailed } = await command({ values, positionals: rest, cwd })
  const stdout = values.sarif ? toText(toSarif(findings)) : values.json ? toText(json) : `${text}\n`
  return { exitCode: isFailed ? 1 : 0, stdout, stderr: '' }
}

const toText = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`

/** What node:util throws for options that it does not know. */
const isParseError = (error: unknown): boolean =>
  error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')

const HELP = `graphql-auth-directive COMMAND

  coverage [--min 100]               how the fields of the schema are protected
  scopes 'src/**/*.graphql' [--out scopes.json]
                                     the manifest: what each operation needs
  diff old.graphql new.graphql       what a change does to the protection
  explain Query.notes                why an element demands what it does
  lock [--check]                     writes element -> directives, or compares with what was written

  --schema FILES    the schema in SDL; may be repeated, may hold wildcards [schema.graphql]
  --auth MODULE     an ES module that exports the auth, the scopes, or the schema as well
  --scopes LIST     the declared scopes, separated by spaces [those that the schema names]
  --default KIND    what a field without a directive demands, without --auth: deny or allow [deny]
  --directive NAME  the name of the directive, without --auth [auth]
  --lock FILE       the lock file [auth.lock.json]
  --json, --sarif   the result as JSON, or as SARIF 2.1.0 for code scanning

Exit codes: 0 fine, 1 something was found, 2 the command line is wrong.
`
