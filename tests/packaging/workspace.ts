import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

export const root = fileURLToPath(new URL('../..', import.meta.url))

export interface Manifest {
  readonly name: string
  readonly version: string
  readonly exports: Readonly<Record<string, unknown>>
  readonly bin?: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

export interface Package {
  readonly dir: string
  readonly manifest: Manifest
  readonly readme: string
}

/** Every published package of the workspace. */
export const packages: readonly Package[] = readdirSync(join(root, 'packages')).map((name) => {
  const dir = join(root, 'packages', name)
  return {
    dir,
    // The one place where a manifest enters; what is not as declared fails the test that reads it.
    manifest: JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8')) as Manifest,
    readme: readFileSync(join(dir, 'README.md'), 'utf8'),
  }
})

/** The import specifiers of a package, without `./package.json`. */
export const entriesOf = (manifest: Manifest): readonly string[] =>
  Object.keys(manifest.exports)
    .filter((entry) => entry !== './package.json')
    .map((entry) => manifest.name + entry.slice(1))

/** The `ts` blocks of a Markdown text, in order. */
export const typescriptBlocks = (markdown: string): readonly string[] => findBlocks(markdown).map(({ code }) => code)

/** The same, with those told apart that run by themselves: they are marked `ts run`. */
export const findBlocks = (markdown: string): readonly { readonly code: string; readonly runs: boolean }[] =>
  [...markdown.matchAll(/^```ts( run)?\n([\s\S]*?)^```$/gm)].map(([, run, code = '']) => ({
    code,
    runs: run !== undefined,
  }))

const exec = promisify(execFile)

/** Runs a command to its end and returns what it printed; a failure carries the output in its message. */
export async function run(command: string, args: readonly string[], cwd: string): Promise<string> {
  try {
    const { stdout } = await exec(command, args, {
      cwd,
      maxBuffer: 32 * 1024 * 1024,
      shell: process.platform === 'win32',
    })
    return stdout
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string } // what execFile rejects with
    throw new Error(`${command} ${args.join(' ')} failed\n${stdout}\n${stderr}`)
  }
}
