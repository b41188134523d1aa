import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { hashDocument } from './manifest.js'

describe('docs/manifest.md', () => {
  it('names the hashes of its examples', async () => {
    const page = readFileSync(new URL('../../../../docs/manifest.md', import.meta.url), 'utf8')
    const documents = [
      'query { a, b }',
      'query A($v: I = {k: 1}) { ...F __typename } fragment F on T { t: __typename }',
    ]
    for (const document of documents) expect(page).toContain(await hashDocument(document))
  })
})
