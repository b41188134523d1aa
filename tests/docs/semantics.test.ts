import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root, run } from '../packaging/workspace.js'

describe('docs/semantics.md', () => {
  it('has a test for every rule, which names its number', async () => {
    const page = await readFile(join(root, 'docs', 'semantics.md'), 'utf8')
    const rules = [...page.matchAll(/^- \*\*(S\d+) /gm)].map(([, rule = '']) => rule)
    expect(rules).toHaveLength(15)
    const files = (await run('git', ['ls-files', 'packages/graphql-auth-directive/*.test.ts'], root)).split('\n')
    const texts = await Promise.all(files.filter(Boolean).map((file) => readFile(join(root, file), 'utf8')))
    // The name of a test begins with the ids that it is about.
    const names = texts.join('\n').match(/['"`](?:[A-Z]+-\d+ |S\d+ )+/g) ?? []
    const named = new Set(names.flatMap((name) => name.match(/\bS\d+/g) ?? []))
    expect(rules.filter((rule) => !named.has(rule))).toEqual([])
  })
})
