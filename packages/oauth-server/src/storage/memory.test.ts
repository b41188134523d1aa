import { describe, it } from 'vitest'
import { storeContract } from './contract/contract.js'
import { memoryStore } from './memory.js'

describe('memoryStore', () => {
  describe.each([2, 10, 500])('with %i racers', (racers) => {
    const cases = storeContract(memoryStore, { racers })
    for (const { name, run } of cases.filter(({ isRace }) => isRace || racers === 10)) it(name, run)
  })
})
