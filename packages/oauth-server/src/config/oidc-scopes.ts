/** The scope values of OpenID Connect that every server knows, in the user's words. OIDC Core §5.4, §11. */
export const OIDC_SCOPES = {
  openid: { en: 'Confirm who you are', de: 'Bestätigen, wer du bist' },
  profile: { en: 'See your name', de: 'Deinen Namen sehen' },
  email: { en: 'See your email address', de: 'Deine E-Mail-Adresse sehen' },
  offline_access: { en: 'Stay connected while you are away', de: 'Verbunden bleiben, auch wenn du nicht da bist' },
} as const

export type OidcScope = keyof typeof OIDC_SCOPES

/** Scopes that speak to this server alone and never stand in an access token for an API. OIDC Core §11. */
export const SERVER_SCOPES: ReadonlySet<string> = new Set(['openid', 'offline_access'] satisfies readonly OidcScope[])

export function isOidcScope(value: string): value is OidcScope {
  return Object.hasOwn(OIDC_SCOPES, value)
}
