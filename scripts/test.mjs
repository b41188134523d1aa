// `npm test`: installs, builds and runs every test. Arguments go on to vitest: `npm test -- --project token-core`.
import { join } from 'node:path'
import { prepare, prepareServices, root, run } from './prepare.mjs'

await prepare([], prepareServices)
console.log('Testing …')
process.exitCode = await run(process.execPath, [
  join(root, 'node_modules', 'vitest', 'vitest.mjs'),
  'run',
  ...process.argv.slice(2),
])
