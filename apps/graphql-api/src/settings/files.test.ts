import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readAccounts } from './accounts.js'
import { demoClients, findPageClient, readClients } from './clients.js'
import { demoAccounts } from './demo-accounts.js'
import { parseEnvironment } from './environment.js'
import { resolveOrigins } from './origins.js'

const origins = resolveOrigins(parseEnvironment({}), 4000)
let file: string
let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'scopewise-files-'))
  file = join(directory, 'list.json')
})
afterEach(() => rm(directory, { recursive: true }))

const write = (content: unknown): Promise<void> =>
  writeFile(file, typeof content === 'string' ? content : JSON.stringify(content))

const ada = {
  id: 'user_ada',
  username: 'ada',
  name: 'Ada',
  email: 'ada@example.com',
  passwordHash: demoAccounts[0]?.passwordHash,
  scope: 'openid notes:read notes:write',
}
const page = { clientId: 'page', type: 'web', redirectUris: ['http://127.0.0.1:4000/'], scope: 'openid notes:read' }

describe('USERS_FILE', () => {
  it('declares the accounts', async () => {
    await write([ada])
    expect(await readAccounts(file)).toEqual([{ ...ada, scope: ['openid', 'notes:read', 'notes:write'] }])
  })

  it.each([
    ['no JSON', '[{', /is not valid JSON\.$/],
    ['no users', [], /must name at least one user/],
    ['a readable password', [{ ...ada, passwordHash: 'reader-demo' }], /0\.passwordHash must be made by/],
    [
      'an identifier that could be a client’s',
      [{ ...ada, id: 'user_service.demo-service' }],
      /0\.id must look like user_ada/,
    ],
    ['an undeclared scope', [{ ...ada, scope: 'notes:raed' }], /0\.scope names "notes:raed", which is not declared/],
    [
      'a name that only looks different',
      [ada, { ...ada, id: 'user_two', username: 'ＡＤＡ' }],
      /must not use a username twice/,
    ],
    ['an unknown field', [{ ...ada, isAdmin: true }], /isAdmin/],
  ])('refuses %s with a sentence', async (_, content, sentence) => {
    await write(content)
    await expect(readAccounts(file)).rejects.toThrow(sentence)
    await expect(readAccounts(file)).rejects.not.toThrow(/reader-demo/)
  })

  it('says when it can not be read', async () => {
    await expect(readAccounts(join(directory, 'absent.json'))).rejects.toThrow(
      /USERS_FILE .*absent\.json can't be read \(ENOENT\)\.$/,
    )
  })
})

describe('CLIENTS_FILE', () => {
  it('declares the clients, one of which is the page', async () => {
    await write([page])
    const clients = await readClients(file)
    expect(clients).toEqual([{ ...page, scope: ['openid', 'notes:read'] }])
    expect(findPageClient(clients, origins)).toBe('page')
    expect(findPageClient(demoClients(origins), origins)).toBe('demo-web')
  })

  it('must hold a public client for the page', async () => {
    await write([{ ...page, redirectUris: ['https://elsewhere.example/'] }])
    const clients = await readClients(file)
    expect(() => findPageClient(clients, origins)).toThrow(/redirect URI http:\/\/127\.0\.0\.1:4000\//)
  })

  it.each([
    ['a readable secret', [{ ...page, unsafeDemoSecret: 'demo-service-secret' }], /unsafeDemoSecret/],
    ['ATT-063 a client named like a user', [{ ...page, clientId: 'user_reader' }], /0\.clientId must be/],
    ['no list', { clients: [] }, /the list/],
  ])('refuses %s with a sentence', async (_, content, sentence) => {
    await write(content)
    await expect(readClients(file)).rejects.toThrow(sentence)
    await expect(readClients(file)).rejects.not.toThrow(/demo-service-secret/)
  })
})
