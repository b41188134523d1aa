// `npm run test:drivers`: the store contract over better-sqlite3, which compiles for a minute when it is installed and so is no dependency of ours.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { prepare, root, run } from './prepare.mjs'

await prepare(['@scopewise/oauth-server'])
const home = join(root, '.cache', 'drivers')
mkdirSync(home, { recursive: true })
writeFileSync(
  join(home, 'package.json'),
  JSON.stringify({
    private: true,
    dependencies: { 'better-sqlite3': '12.9.0' },
    allowScripts: { 'better-sqlite3': true },
  }),
)
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
const shell = process.platform === 'win32'
const code = await run(npm, ['install', '--prefix', home, '--no-audit', '--no-fund', '--loglevel=error'], { shell })
if (code !== 0) process.exit(code)

const Database = createRequire(join(home, 'package.json'))('better-sqlite3')
const entry = (name) => import(join(root, 'packages', 'oauth-server', 'dist', `${name}.js`))
const [{ sqliteStore }, { storeContract }] = await Promise.all([entry('sqlite'), entry('testkit')])
const folder = mkdtempSync(join(tmpdir(), 'scopewise-drivers-'))
let files = 0
let failed = 0
const cases = storeContract(() => sqliteStore(new Database(join(folder, `${files++}.db`))))
for (const { name, run: check } of cases) {
  try {
    await check()
  } catch (error) {
    failed += 1
    console.error(`FAIL  ${name}: ${error.message}`)
  }
}
rmSync(folder, { recursive: true, force: true })
console.log(`better-sqlite3: ${cases.length - failed} passed, ${failed} failed`)
process.exitCode = failed === 0 && cases.length > 0 ? 0 : 1
