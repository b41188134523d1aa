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
  // The page: one script with all that it needs, beside the files that are sent as they are.
  {
    entry: { 'assets/page': 'src/page/main.ts' },
    outDir: 'dist/public',
    publicDir: 'src/page/public',
    format: ['esm'],
    target: 'es2022',
    platform: 'browser',
    noExternal: [/./],
    minify: true,
    esbuildOptions(options) {
      // The packages' entries name their shared chunks; those that the page does not need are left out, as they should be.
      options.logOverride = { 'ignored-bare-import': 'silent' }
    },
  },
])
