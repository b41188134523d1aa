import { dirname, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..')

/** Which packages a package may import: the picture in docs/architecture.md. */
const MAY_IMPORT = {
  'packages/token-core': [],
  'packages/oauth-client': ['token-core'],
  'packages/oauth-server': ['token-core'],
  'packages/graphql-auth-directive': ['token-core'],
  'apps/graphql-api': ['token-core', 'oauth-client', 'oauth-server', 'graphql-auth-directive'],
}

/** The folders of a package from the ground up. A file may import from its own folder and from lower floors; folders on one floor don't know each other. */
const FLOORS = {
  'packages/token-core': [
    ['challenge'],
    ['errors', 'http'],
    ['encoding'],
    ['scope', 'pkce', 'engine', 'jwt', 'replay', 'mtls'],
    ['keys'],
    ['dpop', 'claims'],
    ['access-token', 'id-token', 'logout-token', 'client-assertion', 'token', 'status-list', 'jwe'],
    ['introspection'],
  ],
  'packages/oauth-client': [
    ['errors'],
    ['http'],
    ['discovery', 'resource-metadata'],
    ['client-auth'],
    ['client'],
    ['token-endpoint'],
    ['grants', 'endpoints', 'registration'],
    ['authorization'],
    ['manager', 'dpop'],
    ['fetch'],
    ['browser', 'node', 'graphql', 'idtoken', 'bff', 'mcp'],
  ],
  'packages/oauth-server': [
    ['errors', 'time', 'events', 'crypto', 'paths', 'remember'],
    ['http'],
    ['storage', 'network'],
    ['config'],
    ['keys', 'limits'],
    ['clients'],
    ['context'],
    ['tokens', 'interaction'],
    ['client-auth', 'authorization', 'management'],
    ['grants'],
    ['endpoints'],
    ['routes'],
    ['metadata', 'dispatch'],
    ['assess'],
    ['authorization-server', 'protected-resource'],
    ['cli'],
  ],
  'packages/graphql-auth-directive': [
    ['requirement', 'errors', 'policy'],
    ['directive'],
    ['options', 'federation'],
    ['collect'],
    ['analyze', 'lock'],
    ['decide'],
    ['filter', 'enforce'],
    ['auth'],
    ['serve'],
    ['yoga', 'ws', 'tools'],
    ['cli'],
  ],
}

const packageOf = (file) => relative(root, file).split(sep).slice(0, 2).join('/')
const floorName = (file, home) =>
  relative(resolve(root, home, 'src'), file)
    .split(sep)[0]
    .replace(/\.[jt]s$/, '')

/** The sentence that refuses an import, or undefined. */
function refuse(file, specifier) {
  const home = packageOf(file)
  const foreign = /^@scopewise\/([^/]+)/.exec(specifier)
  if (foreign) {
    return MAY_IMPORT[home]?.includes(foreign[1]) ? undefined : `${home} may not import ${specifier}`
  }
  if (!specifier.startsWith('.')) return undefined
  const target = resolve(dirname(file), specifier)
  if (packageOf(target) !== home) return `${specifier} leaves the package: import it by its name`
  if (/(^|\/)index\.js$/.test(specifier) && floorName(target, home) === 'index')
    return 'nobody imports the entry of its own package'

  const floors = FLOORS[home]
  if (!floors) return undefined
  const from = floorName(file, home)
  const to = floorName(target, home)
  if (from === to) return undefined
  const height = (name) => floors.findIndex((floor) => floor.includes(name))
  // A name without a floor is an entry: it stands above everything and nothing may import it.
  if (height(to) === -1)
    return `${to} has no floor in scripts/eslint/floors.js: an entry can't be imported, a folder needs its floor`
  if (height(from) === -1 || height(from) > height(to)) return undefined
  return `${from} stands on the floor of ${to} or below it (scripts/eslint/floors.js)`
}

/** Holds the import boundaries between packages and between the floors of a package. */
export const floors = {
  meta: { type: 'problem', schema: [] },
  create(context) {
    const check = (node) => {
      if (typeof node.source?.value !== 'string') return
      const refusal = refuse(context.filename, node.source.value)
      if (refusal) context.report({ node: node.source, message: refusal })
    }
    return {
      ImportDeclaration: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
      ImportExpression: check,
    }
  },
}
