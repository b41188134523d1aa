import { readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { equalDigests } from './compare.js'

const numRuns = Math.ceil(200 * (Number(process.env['SCOPEWISE_RUNS']) || 1))

describe('equalDigests', () => {
  it('is equality', () => {
    const text = fc.stringMatching(/^[ab]{0,4}$/)
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(equalDigests(a, b)).toBe(a === b)
      }),
      { numRuns },
    )
  })

  it('OP-02 looks at every character, wherever the first difference is', () => {
    const digest = 'x'.repeat(50)
    const looks = (other: string): number => {
      const spy = vi.spyOn(String.prototype, 'charCodeAt')
      equalDigests(digest, other)
      const { length } = spy.mock.calls
      spy.mockRestore()
      return length
    }
    const counts = [digest, `y${digest.slice(1)}`, `${digest.slice(1)}y`, 'y'.repeat(50)].map(looks)
    expect(counts).toEqual([100, 100, 100, 100])
  })

  it('OP-02 is what compares secrets, wherever one is presented', async () => {
    const source = join(dirname(fileURLToPath(import.meta.url)), '..')
    const files = (await readdir(source, { recursive: true })).filter(
      (name) => /^(client-auth|endpoints|clients)\/.*\.ts$/.test(name) && !name.endsWith('.test.ts'),
    )
    const compared: string[] = []
    for (const name of files) {
      const text = await readFile(join(source, name), 'utf8')
      for (const [line] of text.matchAll(/^.*(?:hash|secret|digest|token)\w*\)? (?:===|!==) (?!undefined)\S+.*$/gim))
        if (!/'|"|null/.test(line)) compared.push(`${name}: ${line.trim()}`)
      for (const [line] of text.matchAll(/^.*(?:hashes|secrets)\.(?:includes|indexOf)\(.*$/gim))
        compared.push(`${name}: ${line.trim()}`)
    }
    expect(compared).toEqual([])
  })
})
