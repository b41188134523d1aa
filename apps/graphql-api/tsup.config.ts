import { defineConfig } from 'tsup'

export default defineConfig([
  {
    entry: ['src/main.ts', 'src/hash.ts'],
    format: ['esm'],
    target: 'node20',
    platform: 'node',
    splitting: true,
    treeshake: true,
    sourcemap: true,
  },
])
