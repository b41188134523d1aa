import { describe, expect, it } from 'vitest'
import type { Client, ClientSource } from '../config/client.js'
import { createClientKeys } from './client-keys.js'

describe('createClientKeys', () => {
  it('MD-05 gives a client that a stranger described nothing that was fetched freely for a configured one', () => {
    const asked: ClientSource[] = []
    const keys = createClientKeys({
      fetchFor: ({ source }) => {
        asked.push(source)
        return globalThis.fetch
      },
      now: () => 1_800_000_000,
    })
    const keysOf = (source: ClientSource) =>
      // What is read of a client here.
      keys({ source, jwks: undefined, jwksUri: 'https://keys.example/jwks' } as Client)
    expect(keysOf('configured')).toBe(keysOf('configured'))
    expect(keysOf('registered')).not.toBe(keysOf('configured'))
    expect(asked).toEqual(['configured', 'registered'])
  })
})
