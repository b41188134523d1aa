import { type Awaitable, isPending } from '../jwt/awaitable.js'
import type { AccessTokenType } from './define.js'

/** The claims as the schema gives them back, or the places it complains about. Messages stay out: they may quote values. */
export type Checked<C> = { readonly claims: C } | { readonly paths: readonly string[] }

/** Runs the token type's own schema, at once where the schema can. Without one there are no claims of its own. */
export function checkOwnClaims<S extends string, C>(
  token: AccessTokenType<S, C>,
  own: Readonly<Record<string, unknown>>,
): Awaitable<Checked<C>> {
  // Without a schema C is NoClaims: defineAccessToken infers nothing else.
  if (!token.claims) return { claims: {} as C }
  try {
    const result = token.claims['~standard'].validate(own)
    if (!isPending(result)) return judge(result)
    return Promise.resolve(result).then(judge).catch(thrown)
  } catch {
    return thrown()
  }
}

/** No cause: what a schema throws may quote a claim. */
const thrown = (): { readonly paths: readonly string[] } => ({ paths: ['(the schema threw)'] })

type Result<C> =
  | { readonly value: C; readonly issues?: undefined }
  | { readonly issues: readonly { readonly path?: Path }[] }

function judge<C>(result: Result<C>): Checked<C> {
  if (result.issues) return { paths: result.issues.map(({ path }) => writePath(path)) }
  if (typeof result.value === 'object' && result.value !== null) return { claims: result.value }
  return { paths: ['(the output is no object)'] }
}

type Path = readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined

function writePath(path: Path): string {
  return (path ?? []).map((step) => String(typeof step === 'object' ? step.key : step)).join('.') || '(all of them)'
}
