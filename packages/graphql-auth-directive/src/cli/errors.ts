/** What ends a command early. */

/** The command line is not understood, or names what is not there: exit code 2. */
export class UsageError extends Error {}

/** Whether something was thrown for a person to read. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
