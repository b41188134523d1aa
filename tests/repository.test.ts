import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root, run } from './packaging/workspace.js'

const files = (await run('git', ['ls-files'], root)).split('\n').filter((file) => file && !/\.(png|ico)$/.test(file))

describe('the repository', () => {
  it('names no registry and no absolute path of a machine in its lockfile', async () => {
    const lock = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8'))
    const resolved = Object.values<{ resolved?: string; link?: boolean }>(lock.packages).filter(
      (entry) => entry.resolved && !entry.link,
    )
    expect(resolved).toEqual([])
  })

  it('has no leftovers: no focused or skipped test, no suppressed type error, no TODO', async () => {
    const pattern = /\b(it|describe|test)\.(only|skip|todo)\(|@ts-(ignore|nocheck)|\b(TODO|FIXME|XXX)\b/
    const found: string[] = []
    for (const file of files.filter(
      (name) => /\.(ts|mjs|js|css|html|graphql)$/.test(name) && name !== 'tests/repository.test.ts',
    )) {
      const lines = (await readFile(join(root, file), 'utf8')).split('\n')
      for (const [index, line] of lines.entries()) if (pattern.test(line)) found.push(`${file}:${index + 1}`)
    }
    expect(files.length).toBeGreaterThan(50)
    expect(found).toEqual([])
  })
})
