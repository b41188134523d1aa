import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root, run } from '../packaging/workspace.js'

interface Case {
  readonly id: string
  readonly area?: string
  readonly target?: string
}

const load = async (name: string) => JSON.parse(await readFile(join(root, 'tests', 'requirements', name), 'utf8'))
const requirements: readonly Case[] = await load('requirements.json')
const attacks: readonly Case[] = await load('attacks.json')
const uncovered = new Set<string>(await load('uncovered.json'))

/** The ids that stand in the name of a test, anywhere in the repository. */
async function namedIds(): Promise<ReadonlySet<string>> {
  const files = (await run('git', ['ls-files', '*.test.ts'], root)).split('\n').filter(Boolean)
  const texts = await Promise.all(files.map((file) => readFile(join(root, file), 'utf8')))
  const ids = texts.join('\n').match(/\b[A-Z]{2,4}-\d{2,3}\b/g)
  return new Set(ids ?? [])
}

describe('the requirements', () => {
  it('have each its own id', () => {
    const ids = [...requirements, ...attacks].map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids.length).toBeGreaterThan(200)
    expect([...uncovered].filter((id) => !ids.includes(id))).toEqual([])
  })

  it('have each a test that carries their id, but for those written down in uncovered.json, a list that only shrinks', async () => {
    const named = await namedIds()
    const missing = [...requirements, ...attacks].filter(({ id }) => !named.has(id) && !uncovered.has(id))
    expect(missing.map(({ id, area, target }) => `${id} (${area ?? target})`)).toEqual([])
  })

  it('of the token and of the resource server are all covered', () => {
    const ours = [...requirements, ...attacks].filter(
      ({ area, target }) => area === 'token' || area === 'resource' || target === 'token-core',
    )
    expect(ours.length).toBeGreaterThan(50)
    expect(ours.filter(({ id }) => uncovered.has(id)).map(({ id }) => id)).toEqual([])
  })
})
