/** Parameters of a request by their names on the wire. Those that are undefined are not sent. */
export type WireParams = Readonly<Record<string, string | undefined>>

/** Puts the parameters that there are over those of `target`. */
export function setParams(target: URLSearchParams, params: WireParams): void {
  for (const [name, value] of Object.entries(params)) if (value !== undefined) target.set(name, value)
}
