import { parse } from 'graphql'
import { describe, expect, it } from 'vitest'
import { plugin } from './codegen.js'
import { notesAuth, notesSchema } from './testing/schema.js'

const generate = async (...sources: readonly string[]) => {
  const files = sources.map((source) => ({ document: parse(source) }))
  return plugin(notesSchema(), files, { auth: notesAuth })
}

describe('the codegen plugin', () => {
  it('puts the scopes of each named operation on its document, as literals', async () => {
    const { content } = await generate(
      'query notes { notes { title } users { name } } query Health { health } { me { id } }',
      'mutation create_note($in: CreateNoteInput!) { createNote(input: $in) { ...N } } fragment N on Note { id }',
    )
    expect(content.split('\n').filter((line) => line.startsWith('export'))).toEqual([
      'export const NotesWithScopes = Object.assign(NotesDocument, { requiredScopes: [["notes:read", "users:read"], ["notes:read", "admin"]], isConditional: false } as const);',
      'export const HealthWithScopes = Object.assign(HealthDocument, { requiredScopes: [], isConditional: false } as const);',
      'export const Create_NoteWithScopes = Object.assign(Create_NoteDocument, { requiredScopes: [["notes:write", "notes:read"]], isConditional: true } as const);',
    ])
  })

  it('takes other names', async () => {
    const files = [{ document: parse('query A { health }') }]
    const config = { auth: notesAuth, documentSuffix: 'Doc', suffix: 'Scoped' }
    expect(await plugin(notesSchema(), files, config)).toMatchObject({
      content: expect.stringMatching(/export const AScoped = Object\.assign\(ADoc, /),
    })
  })

  it('names operations that are not valid', async () => {
    await expect(generate('query A { nothing }')).rejects.toMatchObject({ code: 'invalid_document' })
  })

  it('complains without an auth', async () => {
    await expect(async () => plugin(notesSchema(), [], {} as never)).rejects.toMatchObject({ code: 'invalid_options' })
  })
})
