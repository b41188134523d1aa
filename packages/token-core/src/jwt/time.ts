/** The wall clock, in epoch seconds. */
export function currentTime(): number {
  return Date.now() / 1000
}

/** A NumericDate that can be reckoned with: finite and not negative. RFC 7519 §2. */
export function isNumericDate(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
}
