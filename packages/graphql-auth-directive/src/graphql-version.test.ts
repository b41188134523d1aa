import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { version } from 'graphql'
import { describe, expect, it } from 'vitest'

/** What `npm run test:graphql-17` names; else the graphql of the workspace. */
const entry = process.env['SCOPEWISE_GRAPHQL'] ?? fileURLToPath(import.meta.resolve('graphql'))

describe('the suite', () => {
  it('runs with the copy of graphql that was asked for', () => {
    const { version: installed } = JSON.parse(readFileSync(entry.replace(/index\.\w+$/, 'package.json'), 'utf8'))
    expect(version).toBe(installed)
  })
})
