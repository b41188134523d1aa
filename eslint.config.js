// Format and the general rules are biome's. ESLint holds what needs types or the project's own picture of itself.
import tseslint from 'typescript-eslint'
import { floors } from './scripts/eslint/floors.js'

const source = ['packages/*/src/**/*.ts', 'apps/*/src/**/*.ts']
const tests = ['**/*.test.ts', '**/*.test-d.ts', '**/testing/**']

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**'] },
  {
    files: [...source, 'tests/**/*.ts'],
    extends: [tseslint.configs.base],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-unnecessary-type-assertion': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
    },
  },
  {
    files: source,
    ignores: tests,
    plugins: { scopewise: { rules: { floors } } },
    rules: {
      'max-lines': ['error', { max: 400 }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      'scopewise/floors': 'error',
    },
  },
)
