// Installs what only some commands need into a folder under .cache, outside the workspace.
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from '../../scripts/prepare.mjs'

export const NODE_22 = '22.23.3'

/** Installs once: the runtimes weigh a gigabyte, and nothing else needs them. */
export async function install(folder, packages) {
  const marker = join(folder, `installed ${packages.join(' ').replaceAll('/', '-')}`)
  if (existsSync(marker)) return
  console.log(`Installing ${packages.join(' ')} …`)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const allowScripts = Object.fromEntries(packages.map((name) => [name.split('@')[0], true]))
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'runtime', private: true, allowScripts }))
  const isWindows = process.platform === 'win32'
  const args = ['install', '--prefix', folder, '--no-audit', '--no-fund', '--loglevel=error', ...packages]
  const code = await run(isWindows ? 'npm.cmd' : 'npm', args, { quiet: true, shell: isWindows })
  if (code !== 0) throw new Error(`npm could not install ${packages.join(' ')}: it ended with ${code}`)
  writeFileSync(marker, '')
}
