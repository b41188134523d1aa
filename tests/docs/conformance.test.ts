import { describe, expect, it } from 'vitest'
import { root, run } from '../packaging/workspace.js'

describe('docs/conformance.md', () => {
  it('says for each requirement which tests carry its id, as it is now', async () => {
    // Otherwise: node scripts/conformance.mjs
    await expect(run(process.execPath, ['scripts/conformance.mjs', '--check'], root)).resolves.toBe('')
  })
})
