/** Freezes plain objects and lists all the way down. */
export function deepFreeze<T>(value: T, seen = new Set<unknown>()): T {
  if (typeof value !== 'object' || value === null || seen.has(value) || !isPlain(value)) return value
  seen.add(value)
  Object.freeze(value)
  for (const member of Object.values(value)) deepFreeze(member, seen)
  return value
}

/** Whether it is an object or a list as JSON has them. */
export function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null || prototype === Array.prototype
}
