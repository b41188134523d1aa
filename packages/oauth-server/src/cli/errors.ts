/** The command line is not understood, or names what is not there: exit code 2. */
export class UsageError extends Error {}

/** Whatever was thrown, as a sentence for a person. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
