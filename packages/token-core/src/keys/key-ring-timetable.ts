/** How the keys of a ring come and go. All numbers are seconds. */
export interface KeyRingTimetable {
  /** How long a key is published before it signs, so that every verifier knows it by then. @default 1 day */
  readonly lead?: number | undefined
  /** How long a key signs. @default 30 days */
  readonly active?: number | undefined
  /** How long a key stays published after it has stopped signing. @default the shortest that is safe */
  readonly keep?: number | undefined
  /** The longest lifetime of a token that these keys sign. */
  readonly tokenLifetime: number
  /** How far a verifier's clock may be off. @default 60 */
  readonly clockTolerance?: number | undefined
  /** How long verifiers keep the key set at most; the `Cache-Control` of `jwks` never says more. @default 600 */
  readonly verifierCache?: number | undefined
  /** How often each process looks into the store. @default 30 */
  readonly poll?: number | undefined
}

/** The timetable with every default filled in, and its invariants checked. Seconds. */
export interface Timetable {
  readonly lead: number
  readonly active: number
  readonly keep: number
  readonly verifierCache: number
  readonly poll: number
}

const DAY = 86_400

/**
 * Reads a timetable once. Pure.
 * @throws {TypeError} when a verifier could meet a token whose key it does not know yet, or no longer
 */
export function readTimetable(options: KeyRingTimetable): Timetable {
  const { lead = DAY, active = 30 * DAY, tokenLifetime, clockTolerance = 60, verifierCache = 600, poll = 30 } = options
  const shortest = tokenLifetime + clockTolerance
  const { keep = shortest } = options
  const numbers = { tokenLifetime, lead, active, keep, verifierCache, poll }
  for (const [name, value] of Object.entries(numbers))
    if (!(Number.isSafeInteger(value) && value > 0)) throw refuse(`${name} is a positive number of whole seconds`)
  if (!(Number.isSafeInteger(clockTolerance) && clockTolerance >= 0))
    throw refuse('clockTolerance is a number of whole seconds, 0 or more')

  if (lead < verifierCache + poll)
    throw refuse(
      `lead is at least verifierCache + poll (${verifierCache + poll}): a shorter one lets a key sign before every verifier has fetched it`,
    )
  if (keep < shortest)
    throw refuse(
      `keep is at least tokenLifetime + clockTolerance (${shortest}): a shorter one removes a key while tokens that it signed are still valid`,
    )
  if (active < lead)
    throw refuse(`active is at least lead (${lead}): a key signs for as long as its successor is published ahead`)
  return Object.freeze({ lead, active, keep, verifierCache, poll })
}

function refuse(rule: string): TypeError {
  return new TypeError(`createKeyRing: in timetable, ${rule}.`)
}
