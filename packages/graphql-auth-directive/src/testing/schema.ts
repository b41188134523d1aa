/** A schema of the notes domain, or a changed one, and an auth that reads it. */
import { makeExecutableSchema } from '@graphql-tools/schema'
import { defineAccessToken } from '@scopewise/token-core'
import type { GraphQLSchema } from 'graphql'
import { createAuth } from '../auth.js'
import { scopes, typeDefs } from './notes.js'

const token = defineAccessToken({ scopes, lifetime: 600 })

export const createNotesAuth = (fallback: 'deny' | 'allow' = 'deny') =>
  createAuth({
    token,
    default: fallback,
    policies: (policy) => ({ ownsNote: policy.operation(() => true) }),
  })

export const notesAuth = createNotesAuth()

/** The schema with replacements, such as `['@public', '@auth']`. */
export function notesSchema(...changes: readonly (readonly [string, string])[]): GraphQLSchema {
  let sdl = typeDefs
  for (const [from, to] of changes) {
    if (!sdl.includes(from)) throw new Error(`the SDL does not hold ${from}`)
    sdl = sdl.replace(from, to)
  }
  return makeExecutableSchema({ typeDefs: [notesAuth.typeDefs, sdl] })
}
