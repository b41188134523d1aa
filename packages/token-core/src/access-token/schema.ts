import type { AccessTokenType } from './define.js'

/** The claims as the schema gives them back, or the places it complains about. Messages stay out: they may quote values. */
export type Checked<C> = { readonly claims: C } | { readonly paths: readonly string[]; readonly cause?: unknown }

/** Runs the token type's own schema. Without one there are no claims of its own. */
export async function checkOwnClaims<S extends string, C>(
  token: AccessTokenType<S, C>,
  own: Readonly<Record<string, unknown>>,
): Promise<Checked<C>> {
  // Without a schema C is NoClaims: defineAccessToken infers nothing else.
  if (!token.claims) return { claims: {} as C }
  try {
    const result = await token.claims['~standard'].validate(own)
    if (result.issues) return { paths: result.issues.map(({ path }) => writePath(path)) }
    if (typeof result.value === 'object' && result.value !== null) return { claims: result.value }
    return { paths: ['(the output is no object)'] }
  } catch (cause) {
    return { paths: ['(the schema threw)'], cause }
  }
}

type Path = readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined

function writePath(path: Path): string {
  return (path ?? []).map((step) => String(typeof step === 'object' ? step.key : step)).join('.') || '(all of them)'
}
