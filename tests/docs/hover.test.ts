import { join } from 'node:path'
import ts from 'typescript'
import { beforeAll, describe, expect, it } from 'vitest'
import { root } from '../packaging/workspace.js'

const SOURCE = `
import { createVerifier, createIssuer, defineAccessToken, defineScopes, defineToken, createTokenVerifier, localKeys } from '@scopewise/token-core'
import { z } from 'zod'
const scopes = defineScopes({ 'notes:read': 'Read', 'notes:write': { description: 'Write', implies: ['notes:read'] } })
const accessToken = defineAccessToken({ scopes, claims: z.object({ tenant: z.string() }), lifetime: 600 })
const plain = defineAccessToken({ scopes, lifetime: 600 })
const keys = localKeys({ keys: [] })
const verifier = createVerifier({ token: accessToken, audience: 'https://api.example', issuers: { 'https://auth.example': keys } })
const verified = await verifier.verify('…')
const { claims, scope, has } = verified
const { sub, tenant, exp } = claims
verifier.authenticate
`

/** Where an editor would find it: beside the example, which has every package among its dependencies. */
const file = join(root, 'apps', 'graphql-api', 'src', 'hover-texts.ts')

/** What an editor shows over the place where `name` is declared, or last stands. */
let hover = (name: string): { readonly type: string; readonly text: string } => ({ type: name, text: '' })
let problems: readonly ts.Diagnostic[] = []

beforeAll(() => {
  const options: ts.CompilerOptions = {
    strict: true,
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2023.d.ts', 'lib.dom.d.ts'],
    types: [],
    skipLibCheck: true,
  }
  const read = (name: string) => (name === file ? SOURCE : ts.sys.readFile(name))
  const service = ts.createLanguageService({
    getScriptFileNames: () => [file],
    getScriptVersion: () => '1',
    getScriptSnapshot: (name) => {
      const text = read(name)
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text)
    },
    getCurrentDirectory: () => root,
    getCompilationSettings: () => options,
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    fileExists: (name) => name === file || ts.sys.fileExists(name),
    readFile: read,
    directoryExists: (name) => ts.sys.directoryExists(name),
  })
  problems = service.getSemanticDiagnostics(file)
  hover = (name) => {
    const declared = new RegExp(`const (?:\\{[^}]*)?\\b${name}\\b`).exec(SOURCE)
    const at = declared ? declared.index + declared[0].length - name.length : SOURCE.lastIndexOf(name)
    const info = service.getQuickInfoAtPosition(file, at)
    const text = ts.displayPartsToString(info?.documentation)
    return { type: ts.displayPartsToString(info?.displayParts).replace(/\s+/g, ' '), text }
  }
})

describe('what an editor shows of token-core', () => {
  it('is of code that compiles', () => {
    expect(problems.map(({ messageText }) => messageText)).toEqual([])
  })

  it.each([
    ['scopes', 'const scopes: Scopes<"notes:read" | "notes:write">'],
    ['accessToken', 'const accessToken: AccessTokenType<"notes:read" | "notes:write", { tenant: string; }>'],
    ['plain', 'const plain: AccessTokenType<"notes:read" | "notes:write", NoClaims>'],
    ['verifier', 'const verifier: Verifier<"notes:read" | "notes:write", { tenant: string; }>'],
    ['verified', 'const verified: VerifiedAccessToken<{ tenant: string; }, "notes:read" | "notes:write">'],
    ['claims', 'const claims: Readonly<RegisteredClaims & { tenant: string; }>'],
    ['scope', 'const scope: readonly ("notes:read" | "notes:write")[]'],
    ['has', 'const has: (...scope: ("notes:read" | "notes:write")[]) => boolean'],
    ['sub', 'const sub: string'],
    ['tenant', 'const tenant: string'],
    ['exp', 'const exp: number'],
  ])('names what is declared, for %s', (name, type) => {
    expect(hover(name).type).toBe(type)
  })

  it('tells of a verb what it checks, and what it does not', () => {
    const { type, text } = hover('authenticate')
    expect(type).toContain('Promise<VerifiedAccessToken<{ tenant: string; }, "notes:read" | "notes:write">>')
    expect(text).toContain('Verifies the token of a request')
    expect(hover('defineAccessToken').text).toContain('RFC 9068')
    expect(hover('createVerifier').text).not.toBe('')
  })
})
