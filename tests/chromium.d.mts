/** What to do where there is none. */
export const HOW_TO_GET_ONE: string

/** A Chromium of this machine: CHROMIUM_PATH, then the usual names on the PATH. */
export function findChromium(): string | undefined
