import { randomBytes } from 'node:crypto'
import { access, link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SetupError } from '../errors.js'

/**
 * Makes sure that the directory exists and can be written to.
 * @throws {SetupError} when it can't
 */
export async function prepareDataDir(dataDir: string): Promise<void> {
  const probe = join(dataDir, `.write-${randomBytes(6).toString('hex')}`)
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 })
    await writeFile(probe, '')
    await rm(probe)
  } catch (cause) {
    throw new SetupError(`DATA_DIR ${dataDir} can't be written to (${codeOf(cause)}): choose another directory.`, {
      cause,
    })
  }
}

/**
 * Reads the demo's server secret, made once per data directory so that sessions and tokens outlive a restart.
 * Outside of the demo the secret comes from SECRET and never lies beside the data that it protects.
 */
export async function demoSecret(dataDir: string): Promise<string> {
  const file = join(dataDir, 'secret')
  const draft = `${file}-${randomBytes(6).toString('hex')}`
  try {
    await access(file)
  } catch {
    // Written whole, then linked: of two processes that start at once one wins, and neither reads half a secret.
    await writeFile(draft, randomBytes(32).toString('base64url'), { mode: 0o600, flush: true })
    await link(draft, file).catch(unlessExists)
    await rm(draft)
  }
  const secret = await readFile(file, 'utf8')
  if (secret.length < 32) {
    throw new SetupError(`The secret in ${file} is too short: remove the file (everybody then signs in again).`)
  }
  return secret
}

/** The system's code of a failed call, like EACCES. */
export const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown reason'

function unlessExists(error: unknown): void {
  if (codeOf(error) !== 'EEXIST') throw error
}
