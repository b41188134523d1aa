import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

// vitest loads graphql once as ESM and once as CJS, and graphql refuses a schema made by its other copy.
// `npm run test:graphql-17` names another copy; then everything that imports graphql is inlined, so that the alias holds there, too.
const otherGraphql = process.env['SCOPEWISE_GRAPHQL']
const alias = [{ find: /^graphql$/, replacement: otherGraphql ?? fileURLToPath(import.meta.resolve('graphql')) }]
const deps = otherGraphql ? { inline: [/graphql-(yoga|ws|http)/, /@graphql-(tools|yoga|codegen)/, /@envelop/] } : {}

const project = (name: string, root: string, extra = {}) => ({
  resolve: { alias },
  test: {
    name,
    root,
    include: ['**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    testTimeout: 20_000,
    // The files of a worker share their modules: nearly half of the time went into loading them anew. What a test changes
    // outside of itself it puts back.
    isolate: false,
    server: { deps },
    ...extra,
  },
})

export default defineConfig({
  test: {
    reporters: ['default'],
    // Much of the suite waits for servers, locks, browsers and processes: with a worker for each core they would be idle half of the time.
    maxWorkers: availableParallelism() + 1,
    projects: [
      project('token-core', 'packages/token-core'),
      project('oauth-client', 'packages/oauth-client'),
      // Hundreds of racers, processes and a real PostgreSQL: on a loaded machine that takes its time.
      project('oauth-server', 'packages/oauth-server', { testTimeout: 120_000, hookTimeout: 120_000 }),
      project('graphql-auth-directive', 'packages/graphql-auth-directive', { testTimeout: 60_000 }),
      project('graphql-api', 'apps/graphql-api', { testTimeout: 60_000, hookTimeout: 60_000 }),
      project('workspace', 'tests', { testTimeout: 180_000, hookTimeout: 180_000 }),
    ],
  },
})
