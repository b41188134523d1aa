/**
 * What a user is stored under: a `sub` is unique for its issuer only, so both are in it. RFC 7519 §4.1.2, RFC 9068 §2.2.
 * Two different pairs never give the same text.
 */
export function subjectKey({ iss, sub }: { readonly iss: string; readonly sub: string }): string {
  return JSON.stringify([iss, sub])
}

/**
 * What a token is revoked by: a `jti` is unique for its issuer only, so both are in it. RFC 7519 §4.1.7. Not a hash of the
 * token as it was sent: a signature may have several valid spellings.
 */
export function tokenKey({ iss, jti }: { readonly iss: string; readonly jti: string }): string {
  return JSON.stringify([iss, jti])
}
