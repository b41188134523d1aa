import { describe, it } from 'vitest'
import { storeContract } from './contract/contract.js'
import { memoryStore } from './memory.js'

describe('memoryStore', () => {
  for (const { name, run } of storeContract(memoryStore)) it(name, run)
})
