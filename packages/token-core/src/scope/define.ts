import { isScopeValue } from './values.js'

/** What a person is told about a scope: one text, or one per language tag. */
export type ScopeDescription = string | Readonly<Record<string, string>>

/** What {@link defineScopes} takes: a description per scope value, and what the value implies. */
export type ScopeDeclarations = Readonly<
  Record<string, ScopeDescription | { readonly description: ScopeDescription; readonly implies?: readonly string[] }>
>

/** The scopes of an application, declared once. */
export interface Scopes<S extends string> {
  readonly '~scopewise': 'scopes'
  /** The declared values, in the order declared. */
  readonly values: readonly S[]
  has(value: string): value is S
  /**
   * The description for the first language there is one for (`de-AT` finds `de`), else the English one, else the first.
   * @param languages BCP 47 tags, the preferred one first
   */
  describe(value: S, languages?: readonly string[]): string
  /** The granted values and all that they imply. Values that are not declared imply nothing and stay. */
  closure(granted: Iterable<string>): ReadonlySet<string>
}

/** The literal union of scope values of a {@link Scopes} or of anything with `scopes`. */
export type ScopeOf<T> = T extends { readonly scopes: Scopes<infer S> } ? S : T extends Scopes<infer S> ? S : never

interface Declaration {
  readonly description: ReadonlyMap<string, string>
  readonly implies: readonly string[]
}

/**
 * Declares the scopes of an application. RFC 6749 §3.3.
 * `implies` may be a chain or even a ring; its closure is computed here once and used everywhere.
 * @throws {TypeError} for a value that RFC 6749 does not allow, an empty description, or an implied value that is not declared
 */
export function defineScopes<const D extends ScopeDeclarations>(declarations: D): Scopes<keyof D & string> {
  const declared = new Map(
    Object.entries(declarations).map(([value, declaration]) => [value, normalize(value, declaration)]),
  )
  for (const [value, { implies }] of declared) {
    const stranger = implies.find((implied) => !declared.has(implied))
    if (stranger !== undefined)
      throw new TypeError(
        `Scope "${value}" implies "${stranger}", which is not declared: declare it or mend the spelling.`,
      )
  }
  const closures = new Map([...declared.keys()].map((value) => [value, reach(value, declared)]))
  type S = keyof D & string
  return Object.freeze({
    '~scopewise': 'scopes' as const,
    values: Object.freeze([...declared.keys()]),
    has: (value: string): value is S => declared.has(value),
    describe: (value: S, languages: readonly string[] = []) =>
      pickDescription(declared.get(value)?.description, languages) ?? value,
    closure: (granted: Iterable<string>) => new Set([...granted].flatMap((value) => closures.get(value) ?? [value])),
  })
}

/** Whether the granted values, with all that they imply, include every demanded value. */
export function includesScope<S extends string>(
  scopes: Scopes<S>,
  granted: Iterable<string>,
  demanded: Iterable<string>,
): boolean {
  const closure = scopes.closure(granted)
  return [...demanded].every((value) => closure.has(value))
}

function normalize(value: string, declaration: ScopeDeclarations[string]): Declaration {
  if (!isScopeValue(value))
    throw new TypeError(
      `Scope "${value}" holds a character that RFC 6749 does not allow: use printable ASCII without spaces, quotes and backslashes.`,
    )
  const full = isFull(declaration) ? declaration : { description: declaration }
  const description = new Map(
    typeof full.description === 'string' ? [['en', full.description]] : Object.entries(full.description),
  )
  if (description.size === 0 || [...description.values()].some((text) => text.trim() === ''))
    throw new TypeError(`Scope "${value}" needs a description: it is what people read before they consent.`)
  return { description, implies: full.implies ?? [] }
}

/** A record of texts per language has only texts; the full form has an object or texts under `description`. */
function isFull(
  declaration: ScopeDeclarations[string],
): declaration is { readonly description: ScopeDescription; readonly implies?: readonly string[] } {
  return typeof declaration === 'object' && 'description' in declaration
}

/** All values that one value leads to, itself first. Rings end because a value is visited once. */
function reach(start: string, declared: ReadonlyMap<string, Declaration>): readonly string[] {
  const reached = new Set([start])
  // A Set visits what is added while it is walked.
  for (const value of reached) for (const implied of declared.get(value)?.implies ?? []) reached.add(implied)
  return [...reached]
}

function pickDescription(
  description: ReadonlyMap<string, string> | undefined,
  languages: readonly string[],
): string | undefined {
  if (!description) return undefined
  const byTag = new Map([...description].map(([tag, text]) => [tag.toLowerCase(), text]))
  // RFC 4647 §3.4, lookup: shorten each tag until something fits.
  const ranges = languages.flatMap((tag) => {
    const parts = tag.toLowerCase().split('-')
    return parts.map((_, index) => parts.slice(0, parts.length - index).join('-'))
  })
  for (const range of [...ranges, 'en']) {
    const text = byTag.get(range)
    if (text !== undefined) return text
  }
  return description.values().next().value
}
