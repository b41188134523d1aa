import { defineConfig } from 'tsup'
import { library } from '../../tsup.base.js'

export default defineConfig({
  ...library,
  entry: [
    'src/index.ts',
    'src/scope.ts',
    'src/challenge.ts',
    'src/pkce.ts',
    'src/dpop.ts',
    'src/client-assertion.ts',
    'src/logout-token.ts',
    'src/introspection.ts',
    'src/status-list.ts',
    'src/id-token.ts',
    'src/jwe.ts',
    'src/encoding.ts',
    'src/errors.ts',
    'src/json.ts',
  ],
})
