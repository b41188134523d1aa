import { mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { tokenStoreContract } from '../testing/store-contract.js'
import { fileStore } from './file.js'

const directories: string[] = []
const makeDirectory = async () => {
  const directory = join(await mkdtemp(join(tmpdir(), 'scopewise-')), 'tokens')
  directories.push(join(directory, '..'))
  return directory
}
afterEach(async () => {
  for (const directory of directories.splice(0)) await rm(directory, { recursive: true, force: true })
})

describe('fileStore', () => {
  const create = async () => {
    const directory = await makeDirectory()
    return [fileStore(directory), fileStore(directory)] as const
  }
  for (const { name, run } of tokenStoreContract(create)) it(name, run)

  const folderOf = async (directory: string) => join(directory, (await readdir(directory))[0] ?? '')

  it('keeps others from reading, and leaves one file behind', async () => {
    const directory = await makeDirectory()
    const store = fileStore(directory)
    await store.swap('a', undefined, { version: '1', value: '{}' })
    await store.swap('a', '1', { version: '2', value: '{}' })
    const folder = await folderOf(directory)
    expect(await readdir(folder)).toEqual(['2'])
    expect((await stat(folder)).mode & 0o777).toBe(0o700)
    expect((await stat(join(folder, '2'))).mode & 0o777).toBe(0o600)
  })

  it('takes no half-written draft of a killed process for a record', async () => {
    const directory = await makeDirectory()
    const store = fileStore(directory)
    await store.swap('a', undefined, { version: '1', value: '{}' })
    await writeFile(join(await folderOf(directory), 'draft-x'), '{"vers')
    expect(await store.read('a')).toEqual({ version: '1', value: '{}' })
    await utimes(join(await folderOf(directory), 'draft-x'), 1, 1)
    expect(await store.swap('a', '1', { version: '2', value: '{}' })).toBe(true)
    expect(await readdir(await folderOf(directory))).toEqual(['2'])
  })

  it('says so when a file is no record', async () => {
    const directory = await makeDirectory()
    const store = fileStore(directory)
    await store.swap('a', undefined, { version: '1', value: '{}' })
    await writeFile(join(await folderOf(directory), '7'), '{"version":1}')
    await expect(store.read('a')).rejects.toThrow('no file of a token store')
  })
})
