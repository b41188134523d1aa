/** The scope values of OpenID Connect that every server knows, in the user's words. OIDC Core §5.4, §11. */
export const OIDC_SCOPES = {
  openid: { en: 'Confirm who you are', de: 'Bestätigen, wer du bist' },
  profile: { en: 'See your name', de: 'Deinen Namen sehen' },
  email: { en: 'See your email address', de: 'Deine E-Mail-Adresse sehen' },
  offline_access: { en: 'Stay connected while you are away', de: 'Verbunden bleiben, auch wenn du nicht da bist' },
} as const

/** The claims that each scope value opens, and that nobody gets without it. OIDC Core §5.1, §5.4. */
const SCOPE_CLAIMS = {
  profile: [
    ...['name', 'family_name', 'given_name', 'middle_name', 'nickname', 'preferred_username', 'profile'],
    ...['picture', 'website', 'gender', 'birthdate', 'zoneinfo', 'locale', 'updated_at'],
  ],
  email: ['email', 'email_verified'],
  address: ['address'],
  phone: ['phone_number', 'phone_number_verified'],
} as const satisfies Readonly<Record<string, readonly string[]>>

const scopeOfClaim: ReadonlyMap<string, string> = new Map(
  Object.entries(SCOPE_CLAIMS).flatMap(([scope, names]) => names.map((name): [string, string] => [name, scope])),
)

/** What of the claims about a user may be told to a client with this scope. A claim of your own belongs to no scope here and passes. */
export function claimsForScope(
  claims: Readonly<Record<string, unknown>>,
  scope: readonly string[],
): Readonly<Record<string, unknown>> {
  const isOpen = (name: string): boolean => {
    const needed = scopeOfClaim.get(name)
    return needed === undefined || scope.includes(needed)
  }
  return Object.fromEntries(Object.entries(claims).filter(([name, value]) => value !== undefined && isOpen(name)))
}

export type OidcScope = keyof typeof OIDC_SCOPES

/** Scopes that speak to this server alone and never stand in an access token for an API. OIDC Core §11. */
export const SERVER_SCOPES: ReadonlySet<string> = new Set(['openid', 'offline_access'] satisfies readonly OidcScope[])

export function isOidcScope(value: string): value is OidcScope {
  return Object.hasOwn(OIDC_SCOPES, value)
}
