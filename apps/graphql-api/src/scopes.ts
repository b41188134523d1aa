import { defineAccessToken, defineScopes, type ScopeOf } from '@scopewise/token-core'

/**
 * Every scope of the example, declared once: the authorization server's metadata and consent page, the clients,
 * the schema's @auth and the token that carries them are all checked against this list.
 */
export const scopes = defineScopes({
  'notes:read': { description: { en: 'Read the notes', de: 'Notizen lesen' } },
  'notes:write': {
    description: { en: 'Write and delete notes in your name', de: 'Notizen in deinem Namen schreiben und löschen' },
  },
  'users:read': { description: { en: 'See who has an account', de: 'Sehen, wer ein Konto hat' } },
  admin: {
    description: {
      en: 'Administer the notes, internal remarks included',
      de: 'Notizen verwalten, mit internen Vermerken',
    },
  },
  'audit:read': { description: { en: 'Read the audit log', de: 'Das Protokoll lesen' } },
  email: { description: { en: 'See your email address', de: 'Deine E-Mail-Adresse sehen' } },
})

export type Scope = ScopeOf<typeof scopes>

/**
 * The access token of the API, for the side that issues it and the side that verifies it. It carries no claims of its
 * own: what the API wants to know about a subject it looks up, so a token tells nothing about a person (RFC 9068 §6).
 */
export const accessToken = defineAccessToken({ scopes, lifetime: 300 })

/** What somebody gets who asks for nothing in particular, and what the API's metadata names. RFC 9728 §2. */
export const defaultScope: readonly Scope[] = ['notes:read']

/** The scopes of OpenID Connect that mean nothing to the API; the authorization server knows and describes them. */
const oidcScopes = ['openid', 'profile', 'offline_access'] as const

/** Every value that a client of the example may ask for. */
export const allScopes = [...oidcScopes, ...scopes.values] as const
export type AnyScope = (typeof allScopes)[number]

/** Whether the value is one of {@link allScopes}. */
export const isAnyScope = (value: string): value is AnyScope => allScopes.some((known) => known === value)
