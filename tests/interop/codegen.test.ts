import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createAuth } from '@scopewise/graphql-auth-directive'
import { plugin } from '@scopewise/graphql-auth-directive/codegen'
import { defineAccessToken, defineScopes } from '@scopewise/token-core'
import { buildSchema, parse } from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root, run } from '../packaging/workspace.js'

const scopes = defineScopes({ 'notes:read': 'Read your notes', admin: 'Everything' })
const auth = createAuth({ token: defineAccessToken({ scopes, lifetime: 600 }) })
const schema = buildSchema(
  `${auth.typeDefs} type Query { notes: [String!]! @auth(scope: ["notes:read", "admin"]) log: [String!]! @auth(scope: "admin") }`,
)
const documents = [{ document: parse('query Notes { notes } query Log { log }') }]

/** What typed-document-node writes before ours. */
const TYPED = `import { type DocumentNode, parse } from 'graphql'
interface Typed<Result> extends DocumentNode { readonly types?: (result: Result) => void }
export const NotesDocument: Typed<{ notes: string[] }> = parse('query Notes { notes }')
export const LogDocument: Typed<{ log: string[] }> = parse('query Log { log }')
`

let dir = ''
beforeAll(async () => {
  // Inside the workspace, so that the packages resolve as in a user's project.
  dir = await mkdtemp(join(root, 'apps', 'graphql-api', 'dist', 'codegen-'))
})
afterAll(() => rm(dir, { recursive: true, force: true }))

/** The errors of tsc, without places. */
async function compile(use: string): Promise<readonly string[]> {
  const generated = await plugin(schema, documents, { auth })
  await writeFile(join(dir, 'generated.ts'), `${TYPED}${generated.content}\n`)
  await writeFile(join(dir, 'use.ts'), use)
  const config = { extends: '../../../../tsconfig.base.json', include: ['*.ts'], compilerOptions: { noEmit: true } }
  await writeFile(join(dir, 'tsconfig.json'), JSON.stringify(config))
  const tsc = join(root, 'node_modules/typescript/lib/tsc.js')
  const output = await run(process.execPath, [tsc, '-p', '.', '--pretty', 'false'], dir).catch(String)
  return output.split('\n').filter((line) => line.includes('error TS'))
}

const CLIENT = `import { createClient, startAuthorization } from '@scopewise/oauth-client'
import { defineScopes } from '@scopewise/token-core/scope'
import { LogWithScopes, NotesWithScopes } from './generated.js'
`

describe('documents with scopes', () => {
  it('are literals that a client with declared scopes accepts', async () => {
    const use = `${CLIENT}
      const scopes = defineScopes({ 'notes:read': 'Read', admin: 'All' })
      const client = createClient({ issuer: 'https://auth.example', clientId: 'web', scopes })
      await startAuthorization(client, { scope: NotesWithScopes.requiredScopes[0] })
      export const preferred: 'notes:read' = NotesWithScopes.requiredScopes[0][0]
      export const only: readonly [readonly ['admin']] = LogWithScopes.requiredScopes
      export const result = (found: Parameters<NonNullable<typeof NotesWithScopes.types>>[0]): string[] => found.notes`
    expect(await compile(use)).toEqual([])
  })

  it('do not compile with a client that does not declare them', async () => {
    const use = `${CLIENT}
      const client = createClient({ issuer: 'https://auth.example', clientId: 'web', scopes: defineScopes({ 'notes:read': 'Read' }) })
      await startAuthorization(client, { scope: NotesWithScopes.requiredScopes[0] })
      await startAuthorization(client, { scope: LogWithScopes.requiredScopes[0] })`
    expect(await compile(use)).toEqual([expect.stringMatching(/use\.ts\(7,.*"admin"/)])
  })
})
