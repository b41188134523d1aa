import process from 'node:process'
import { describe, expect, it } from 'vitest'
import { managerWith, setup } from '../testing/setup.js'

describe('subscribe', () => {
  it('reports the error of a listener, and harms neither the tokens nor the other listeners', async () => {
    const { client, login, clock } = setup()
    const manager = await managerWith(client, await login())
    const reported = new Promise((resolve) => process.once('uncaughtException', resolve))
    const others = process.listeners('uncaughtException').slice(0, -1)
    for (const other of others) process.off('uncaughtException', other)
    let heard = 0
    manager.subscribe(() => {
      throw new Error('from a listener')
    })
    manager.subscribe(() => {
      heard += 1
    })
    clock.advance(1)
    expect(await manager.adopt(await login())).toBe(true)
    expect(heard).toBe(1)
    expect(await reported).toMatchObject({ message: 'from a listener' })
    for (const other of others) process.on('uncaughtException', other)
  })
})
