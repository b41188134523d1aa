/** @throws {TypeError} unless it is a positive number of whole seconds */
export function checkLifetime(lifetime: number): void {
  if (!(Number.isSafeInteger(lifetime) && lifetime > 0))
    throw new TypeError('A lifetime is a positive number of whole seconds.')
}
