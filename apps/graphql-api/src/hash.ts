import { createInterface } from 'node:readline'
import { generateClientSecret, hashClientSecret } from '@scopewise/oauth-server'
import { hashPassword } from './domain/password.js'
import { SetupError } from './errors.js'

const USAGE = `Makes what USERS_FILE and CLIENTS_FILE hold.

  node apps/graphql-api/dist/hash.js password   reads a password from standard input, prints its passwordHash
  node apps/graphql-api/dist/hash.js secret     makes a client secret, prints it and its secretHash
`

const commands: Readonly<Record<string, () => Promise<string>>> = {
  password: async () => hashPassword(await readLine()),
  async secret() {
    const secret = generateClientSecret()
    return `secret      ${secret}\nsecretHash  ${await hashClientSecret(secret)}`
  },
}

/** Read from standard input, so that a password stands neither in the shell's history nor in the list of processes. */
async function readLine(): Promise<string> {
  const lines = createInterface({ input: process.stdin })
  for await (const line of lines) if (line !== '') return line
  throw new SetupError('There was no password to read.')
}

try {
  const command = commands[process.argv[2] ?? '']
  if (!command) throw new SetupError(USAGE)
  process.stdout.write(`${await command()}\n`)
} catch (error) {
  process.stderr.write(error instanceof SetupError ? `${error.message}\n` : `${String(error)}\n`)
  process.exitCode = 1
}
