import { fileURLToPath } from 'node:url'

/** Where the built package stands, for tests that start programs: a copy of it beside another graphql, or here. */
export const home = process.env['SCOPEWISE_HOME'] ?? fileURLToPath(new URL('../..', import.meta.url))
