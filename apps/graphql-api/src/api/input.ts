import { GraphQLError } from 'graphql'
import { type Draft, refuseDraft } from '../domain/notes.js'

/** How many entries a list gives. */
const PAGE = { usual: 50, most: 100 } as const

/** The refusal of a value that the schema's types let through; `field` says which. */
const badUserInput = (field: string, message: string): GraphQLError =>
  new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT', field } })

/**
 * How many entries were asked for.
 * @throws {GraphQLError} BAD_USER_INPUT when that is less than none or too many
 */
export function parseFirst(first: number | null | undefined): number {
  const count = first ?? PAGE.usual
  if (count < 0 || count > PAGE.most) throw badUserInput('first', `first must be between 0 and ${PAGE.most}.`)
  return count
}

export interface CreateNoteInput {
  readonly title: string
  readonly body: string
  readonly pinned?: boolean | null
}

/**
 * The draft that was sent.
 * @throws {GraphQLError} BAD_USER_INPUT when the domain would refuse it
 */
export function parseDraft({ title, body, pinned }: CreateNoteInput): Draft {
  const draft = { title, body, pinned: pinned ?? false }
  const refusal = refuseDraft(draft)
  if (refusal) throw badUserInput(refusal.field, refusal.message)
  return draft
}
