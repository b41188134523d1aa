import { defineConfig } from 'tsup'
import { library } from '../../tsup.base.js'

export default defineConfig({
  ...library,
  entry: ['src/index.ts', 'src/sqlite.ts', 'src/postgres.ts', 'src/node.ts', 'src/testkit.ts', 'src/cli.ts'],
  // The command line alone needs Node.
  external: [/^node:/],
})
