import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

// vitest loads graphql once as ESM and once as CJS, and graphql refuses a schema made by its other copy.
const alias = [{ find: /^graphql$/, replacement: fileURLToPath(import.meta.resolve('graphql')) }]

const project = (name: string, root: string, extra = {}) => ({
  resolve: { alias },
  test: {
    name,
    root,
    include: ['**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    testTimeout: 20_000,
    ...extra,
  },
})

export default defineConfig({
  test: {
    reporters: ['default'],
    projects: [
      project('token-core', 'packages/token-core'),
      project('oauth-client', 'packages/oauth-client'),
      project('oauth-server', 'packages/oauth-server'),
      project('graphql-auth-directive', 'packages/graphql-auth-directive'),
      project('graphql-api', 'apps/graphql-api', { testTimeout: 60_000, hookTimeout: 60_000 }),
      project('workspace', 'tests', { testTimeout: 180_000, hookTimeout: 180_000 }),
    ],
  },
})
