import { randomBytes } from 'node:crypto'

/** The kinds of things that `node(id)` finds, told by the first part of their identifier. */
export type Kind = 'note' | 'user'

/** Makes an identifier that nobody can guess, like note_Jh3…; 120 random bits. */
export const newId = (kind: Kind): string => `${kind}_${randomBytes(15).toString('base64url')}`

/** Tells what an identifier names, without looking whether it exists. */
export function kindOf(id: string): Kind | undefined {
  return id.startsWith('note_') ? 'note' : id.startsWith('user_') ? 'user' : undefined
}
