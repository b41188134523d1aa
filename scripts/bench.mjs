// `npm run bench`: installs the peers on demand, builds, and runs every benchmark, or those that are named.
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { prepare, root, run } from './prepare.mjs'

const bench = join(root, 'bench')
const known = readdirSync(bench).filter((name) => existsSync(join(bench, name, 'main.mjs')))
const wanted = process.argv.slice(2)
const stranger = wanted.find((name) => !known.includes(name))
if (stranger) {
  console.error(`There is no benchmark "${stranger}". There are: ${known.join(', ')}.`)
  process.exit(1)
}

await prepare()
if (!isFresh()) {
  console.log('Installing the peers (npm ci in bench/) …')
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  const shell = process.platform === 'win32'
  const code = await run(npm, ['ci', '--prefix', bench, '--no-audit', '--no-fund', '--loglevel=error'], { shell })
  if (code !== 0) process.exit(code)
}
for (const name of wanted.length > 0 ? wanted : known) {
  console.log(`\n# ${name}`)
  const code = await run(process.execPath, ['--expose-gc', join(bench, name, 'main.mjs')])
  if (code !== 0) process.exit(code)
}

/** Whether what is installed is at least as new as the lockfile. */
function isFresh() {
  const installed = join(bench, 'node_modules', '.package-lock.json')
  return existsSync(installed) && statSync(installed).mtimeMs >= statSync(join(bench, 'package-lock.json')).mtimeMs
}
