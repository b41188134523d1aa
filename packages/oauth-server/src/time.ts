/** Seconds: of a lifetime, or since 1970-01-01T00:00:00Z for an instant. */
export type Seconds = number

/** The wall clock in whole seconds. */
export const systemClock = (): Seconds => Math.floor(Date.now() / 1000)
