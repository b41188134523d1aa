import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findBlocks, packages, root, run } from '../packaging/workspace.js'

/** Inside the workspace, so that the blocks resolve the packages as a user's project would. */
let scratch = ''
const blocks = new Map<string, { readonly code: string; readonly runs: boolean }>()

async function markdownFiles(): Promise<readonly string[]> {
  const docs = (await readdir(join(root, 'docs'), { recursive: true })).filter((name) => name.endsWith('.md'))
  return [
    join(root, 'README.md'),
    join(root, 'CONTRIBUTING.md'),
    join(root, 'SECURITY.md'),
    ...packages.map(({ dir }) => join(dir, 'README.md')),
    ...docs.map((name) => join(root, 'docs', name)),
  ]
}

beforeAll(async () => {
  // Beside the example: it alone has every package among its dependencies.
  scratch = await mkdtemp(join(root, 'apps', 'graphql-api', 'dist', 'docs-'))
  for (const file of await markdownFiles()) {
    const found = findBlocks(await readFile(file, 'utf8'))
    for (const [index, block] of found.entries()) {
      const name = `${relative(root, file).replaceAll(/[\\/.]/g, '_')}_${index + 1}.ts`
      blocks.set(name, block)
      await writeFile(join(scratch, name), `${block.code}\nexport {}\n`)
    }
  }
})

afterAll(() => rm(scratch, { recursive: true, force: true }))

describe('the code blocks of README and docs', () => {
  it('are there', () => {
    expect(blocks.size).toBeGreaterThan(packages.length)
  })

  it('compile', async () => {
    await writeFile(
      join(scratch, 'tsconfig.json'),
      JSON.stringify({
        extends: '../../../../tsconfig.base.json',
        include: ['*.ts'],
        compilerOptions: { noEmit: false, outDir: 'out' },
      }),
    )
    await run(process.execPath, [join(root, 'node_modules/typescript/lib/tsc.js'), '-p', '.'], scratch)
  })

  it('run, where they can by themselves, and print what their comments say', async () => {
    const runnable = [...blocks].filter(([, { runs }]) => runs)
    expect(runnable.length).toBeGreaterThan(0)
    for (const [name, { code }] of runnable) {
      const printed = await run(process.execPath, [join('out', name.replace(/\.ts$/, '.js'))], scratch)
      const promised = [...code.matchAll(/console\.log\(.*\) \/\/ (.+)$/gm)].map(([, text]) => text)
      expect([name, printed.trim().split('\n')]).toEqual([name, promised])
    }
  })
})

describe('links in README and docs', () => {
  it('point at files that exist', async () => {
    const broken: string[] = []
    for (const file of await markdownFiles()) {
      const text = await readFile(file, 'utf8')
      for (const [, target = ''] of text.matchAll(/\]\((?!https?:|#|mailto:)([^)#]+)(?:#[^)]*)?\)/g)) {
        const path = join(file, '..', target)
        await readFile(path).catch((error: NodeJS.ErrnoException) => {
          if (error.code !== 'EISDIR') broken.push(`${relative(root, file)}: ${target}`)
        })
      }
    }
    expect(broken).toEqual([])
  })
})
