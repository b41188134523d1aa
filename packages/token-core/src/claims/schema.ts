import type { StandardSchemaV1 } from '@standard-schema/spec'
import { type Awaitable, chain, isPending } from '../jwt/awaitable.js'

/** The claims as the schema gives them back, or the places it complains about. Messages stay out: they may quote values. */
export type Checked<C> = { readonly claims: C } | { readonly paths: readonly string[] }

/** Runs the token type's own schema, at once where the schema can. Without one there are no claims of its own. */
export function checkOwnClaims<C>(
  token: { readonly claims: StandardSchemaV1<unknown, C> | undefined },
  own: Readonly<Record<string, unknown>>,
): Awaitable<Checked<C>> {
  // Without a schema there are none: who declares a token without a schema declares no claims.
  if (!token.claims) return { claims: {} as C }
  try {
    const result = token.claims['~standard'].validate(own)
    if (!isPending(result)) return judge(result)
    return Promise.resolve(result).then(judge).catch(thrown)
  } catch {
    return thrown()
  }
}

/**
 * The claims as they will stand in the token, checked as a verifier will check them.
 * @throws {TypeError} when the verifier would refuse them
 */
export function serializeClaims<C>(
  token: { readonly claims: StandardSchemaV1<unknown, C> | undefined },
  claims: C,
  isRegistered: (name: string) => boolean,
): Awaitable<Readonly<Record<string, unknown>>> {
  // What arrives is what JSON leaves of them (a Date becomes text), and that is what the schema must accept.
  const serialized: Record<string, unknown> = JSON.parse(JSON.stringify(claims ?? {}))
  const collision = Object.keys(serialized).find(isRegistered)
  if (collision !== undefined)
    throw new TypeError(`The claim "${collision}" is registered: it is set by the issuer, not by \`claims\`.`)
  return chain(checkOwnClaims(token, serialized), (checked) => {
    if ('paths' in checked)
      throw new TypeError(`The claims don't satisfy the schema of their token, at: ${checked.paths.join(', ')}.`)
    return serialized
  })
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
