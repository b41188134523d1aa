import { defineConfig } from 'tsup'
import { library } from '../../tsup.base.js'

export default defineConfig({
  ...library,
  // Deno knows the modules of Node by this name alone.
  removeNodeProtocol: false,
  external: [/^node:/],
  entry: {
    index: 'src/index.ts',
    manager: 'src/manager.ts',
    fetch: 'src/fetch.ts',
    dpop: 'src/dpop.ts',
    idtoken: 'src/idtoken.ts',
    browser: 'src/browser.ts',
    node: 'src/node.ts',
    graphql: 'src/graphql.ts',
    bff: 'src/bff.ts',
    mcp: 'src/mcp.ts',
    testing: 'src/testing.ts',
    'stores/file': 'src/stores/file.ts',
    'stores/postgres': 'src/stores/postgres.ts',
    'stores/redis': 'src/stores/redis.ts',
    'stores/indexeddb': 'src/stores/indexeddb.ts',
  },
})
