import type { Options } from 'tsup'

/** What every package is built with: one ESM file per entry, its types beside it, nothing bundled from elsewhere. */
export const library: Options = {
  format: ['esm'],
  target: 'es2022',
  platform: 'neutral',
  splitting: true,
  treeshake: true,
  clean: true,
  // tsup still passes `baseUrl`, which TypeScript 6 calls deprecated.
  dts: { compilerOptions: { ignoreDeprecations: '6.0' } },
}
