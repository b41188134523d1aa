import { defineConfig } from 'tsup'
import { library } from '../../tsup.base.js'

// graphql refuses a schema made by another copy of itself, so a server that uses `require` needs this package as CJS too.
export default defineConfig({
  ...library,
  entry: [
    'src/index.ts',
    'src/yoga.ts',
    'src/ws.ts',
    'src/tools.ts',
    'src/server.ts',
    'src/apollo.ts',
    'src/codegen.ts',
    'src/cli.ts',
  ],
  format: ['esm', 'cjs'],
  // The command line alone needs Node.
  external: [/^node:/],
})
