/**
 * The algebra of scope requirements. Inside, a requirement is a conjunction of clauses (CNF), since that is what can be
 * decided exactly; outside it is told as a list of alternatives (DNF), since that is what a client can ask for.
 */

/** Scope values that are demanded together. */
export type Alternative = readonly string[]

/** Alternatives of which one is enough, in the author's order: what stands first is preferred. */
export type Clause = readonly Alternative[]

/** What a conjunction of clauses comes down to. */
export interface Alternatives {
  /** The preferred one first. */
  readonly values: readonly Alternative[]
  /** False when there are more than {@link MAX_ALTERNATIVES}: then `values` holds one that is enough. */
  readonly isComplete: boolean
}

/** Above this many alternatives only one is told. The decision itself is always exact: it looks at the clauses. */
export const MAX_ALTERNATIVES = 64

/** Whether the scope values held fulfil every clause. */
export function isMet(clauses: readonly Clause[], held: ReadonlySet<string>): boolean {
  return clauses.every((clause) => isClauseMet(clause, held))
}

/** Whether the scope values held fulfil one clause. */
export function isClauseMet(clause: Clause, held: ReadonlySet<string>): boolean {
  return clause.some((alternative) => isHeld(alternative, held))
}

/** The scope values of an alternative that are not held, in order. */
export function missingFrom(alternative: Alternative, held: ReadonlySet<string>): Alternative {
  return alternative.filter((value) => !held.has(value))
}

/**
 * Turns clauses into the minimal alternatives that fulfil all of them. They are ordered by the author's order (the sum
 * of the places which the chosen members have in their clauses), then by fewest scope values.
 */
export function alternativesOf(clauses: readonly Clause[]): Alternatives {
  const unique = withoutRepeats(clauses.map(reduceClause), keyOfClause)
  const product = multiply(withoutImplied(unique))
  if (!product) return { values: [chooseGreedily(unique)], isComplete: false }
  const ranked = product.map((alternative) => ({ alternative, places: placesIn(unique, alternative) }))
  ranked.sort((a, b) => compareRanked(a, b))
  return { values: ranked.map(({ alternative }) => alternative), isComplete: true }
}

/** Drops the alternatives of a clause which another one makes superfluous: `a | a b` is `a`. */
function reduceClause(clause: Clause): Clause {
  return absorb(clause.map((alternative) => [...new Set(alternative)]))
}

/** Keeps the minimal sets only; of equal ones the first. */
function absorb(alternatives: readonly Alternative[]): Alternative[] {
  const sets = withoutRepeats(alternatives, keyOf).map((values) => ({ values, set: new Set(values) }))
  return sets
    .filter((one) => !sets.some((other) => other.set.size < one.set.size && isHeld(other.values, one.set)))
    .map(({ values }) => values)
}

/** Drops clauses that hold whenever another one does: `(a | b) & a` is `a`. */
function withoutImplied(clauses: readonly Clause[]): readonly Clause[] {
  const kept = new Set(clauses)
  for (const clause of clauses) {
    kept.delete(clause)
    if (![...kept].some((stronger) => implies(stronger, clause))) kept.add(clause)
  }
  return clauses.filter((clause) => kept.has(clause))
}

function implies(stronger: Clause, weaker: Clause): boolean {
  return stronger.every((given) => {
    const held = new Set(given)
    return weaker.some((alternative) => isHeld(alternative, held))
  })
}

function multiply(clauses: readonly Clause[]): Alternative[] | undefined {
  let terms: Alternative[] = [[]]
  for (const clause of clauses) {
    terms = absorb(terms.flatMap((term) => clause.map((alternative) => [...new Set([...term, ...alternative])])))
    if (terms.length > MAX_ALTERNATIVES) return undefined
  }
  return terms
}

/** One alternative that fulfils every clause and needs each of its values. */
function chooseGreedily(clauses: readonly Clause[]): Alternative {
  const chosen = new Set<string>()
  for (const clause of clauses) {
    if (isMet([clause], chosen)) continue
    for (const value of clause[0] ?? []) chosen.add(value)
  }
  for (const value of [...chosen].reverse()) {
    chosen.delete(value)
    if (!isMet(clauses, chosen)) chosen.add(value)
  }
  return clauses.flatMap((clause) => clause.flat()).filter((value) => chosen.delete(value))
}

interface Ranked {
  readonly alternative: Alternative
  readonly places: readonly number[]
}

/** For each clause the place of its first member that the alternative fulfils. */
function placesIn(clauses: readonly Clause[], alternative: Alternative): readonly number[] {
  const held = new Set(alternative)
  return clauses.map((clause) => clause.findIndex((member) => isHeld(member, held)))
}

function compareRanked(a: Ranked, b: Ranked): number {
  return sum(a.places) - sum(b.places) || a.alternative.length - b.alternative.length || firstDifference(a, b)
}

function firstDifference(a: Ranked, b: Ranked): number {
  const at = a.places.findIndex((place, index) => place !== b.places[index])
  return at === -1 ? 0 : (a.places[at] ?? 0) - (b.places[at] ?? 0)
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)

const isHeld = (alternative: Alternative, held: ReadonlySet<string>): boolean =>
  alternative.every((value) => held.has(value))

// Scope values hold no spaces and no control characters, so a space keeps them apart.
const keyOf = (alternative: Alternative): string => [...alternative].sort().join(' ')
const keyOfClause = (clause: Clause): string => clause.map(keyOf).join('\n')

function withoutRepeats<T>(items: readonly T[], key: (item: T) => string): T[] {
  const seen = new Set<string>()
  return items.filter((item) => {
    const id = key(item)
    return !seen.has(id) && seen.add(id)
  })
}
