// `npm run test:graphql-17`: the suite of graphql-auth-directive with graphql 17, where the workspace has graphql 16.
import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { prepare, root, run } from '../../scripts/prepare.mjs'
import { install, NODE_22 } from './install.mjs'

/** Tests that say nothing about graphql 17, by name. */
const SKIPPED = {
  'keeps the link and the directives that are there, and their names':
    'it compares printed SDL, and graphql 17 prints spaces inside braces',
}

await prepare(['@scopewise/graphql-auth-directive'])
const home = join(root, '.cache', 'graphql-17')
await install(home, ['graphql@17.1.0', 'graphql-yoga@5.24.1'])
// Programs that tests start find graphql where the package stands: beside a copy of it stands graphql 17.
const copies = join(home, 'node_modules', '@scopewise')
rmSync(copies, { recursive: true, force: true })
for (const name of ['token-core', 'graphql-auth-directive'])
  for (const part of ['package.json', 'dist'])
    cpSync(join(root, 'packages', name, part), join(copies, name, part), { recursive: true })

for (const [name, why] of Object.entries(SKIPPED)) console.log(`skip  ${name}: ${why}`)
const args = [
  join(root, 'node_modules', 'vitest', 'vitest.mjs'),
  'run',
  ...['--project', 'graphql-auth-directive'],
  `--testNamePattern=^(?!.*(?:${Object.keys(SKIPPED).join('|')}))`,
  ...process.argv.slice(2),
]
const env = {
  SCOPEWISE_GRAPHQL: join(home, 'node_modules', 'graphql', 'index.mjs'),
  SCOPEWISE_HOME: join(copies, 'graphql-auth-directive'),
}
process.exitCode = await run(await findNode(), args, { env })

/** graphql 17 needs Node 22. */
async function findNode() {
  if (Number.parseInt(process.versions.node, 10) >= 22) return process.execPath
  const folder = join(root, '.cache', 'runtimes', 'node22')
  await install(folder, [`node@${NODE_22}`])
  return join(folder, 'node_modules', 'node', 'bin', 'node')
}
