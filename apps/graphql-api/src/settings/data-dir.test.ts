import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { demoSecret, prepareDataDir } from './data-dir.js'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'scopewise-data-'))
})
afterEach(() => rm(directory, { recursive: true }))

describe('prepareDataDir', () => {
  it('makes the directory and leaves nothing else in it', async () => {
    await prepareDataDir(join(directory, 'a', 'b'))
    expect(await readdir(join(directory, 'a', 'b'))).toEqual([])
  })

  it('says in one sentence when it can not be written to', async () => {
    await writeFile(join(directory, 'file'), '')
    await expect(prepareDataDir(join(directory, 'file'))).rejects.toThrow(
      /DATA_DIR .*file can't be written to \(EEXIST\): choose another directory\.$/,
    )
    await expect(prepareDataDir(join(directory, 'file', 'below'))).rejects.toThrow(/\(ENOTDIR\)/)
  })
})

describe('demoSecret', () => {
  it('makes one secret, for the owner alone, that stays', async () => {
    const secrets = await Promise.all(Array.from({ length: 10 }, () => demoSecret(directory)))
    expect(new Set(secrets).size).toBe(1)
    expect(secrets[0]).toMatch(/^[A-Za-z0-9_-]{43}$/)
    expect(await demoSecret(directory)).toBe(secrets[0])
    expect((await stat(join(directory, 'secret'))).mode & 0o777).toBe(0o600)
    expect(await readdir(directory)).toEqual(['secret'])
  })

  it('refuses one that was cut off', async () => {
    await writeFile(join(directory, 'secret'), 'short')
    await expect(demoSecret(directory)).rejects.toThrow(/too short: remove the file/)
  })
})
