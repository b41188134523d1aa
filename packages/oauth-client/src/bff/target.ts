import type { BffApi } from './settings.js'

/** Where a request goes on to. */
export interface Target {
  readonly api: BffApi
  readonly url: URL
}

/** How often a path may be encoded: whoever decodes that often finds nothing new in what is let through. */
const DECODINGS = 4

/**
 * Finds where a path of the own origin leads: host and path come from the options, and what follows can't climb out of them, however it
 * is encoded. Undefined for every other path. CL-20. Pure.
 */
export function findTarget(apis: readonly BffApi[], pathname: string, search: string): Target | undefined {
  for (const api of apis) {
    const isBelow = api.path.endsWith('/') && pathname.startsWith(api.path)
    if (pathname !== api.path && !isBelow) continue
    const rest = pathname.slice(api.path.length)
    if (!isPlain(rest)) return undefined
    const base = new URL(api.url)
    const url = new URL(base.href + rest)
    // What the rules above have missed must not reach another place.
    if (url.origin !== base.origin || !url.pathname.startsWith(base.pathname)) return undefined
    url.search = search
    return { api, url }
  }
  return undefined
}

/** The path of the own origin that leads to `url`; undefined when none does. Pure. */
export function findOwnPath(apis: readonly BffApi[], url: URL): string | undefined {
  for (const { path, url: base } of apis) {
    const isIts = path.endsWith('/') ? url.href.startsWith(base) : `${url.origin}${url.pathname}` === base
    if (isIts) return path + url.href.slice(base.length)
  }
  return undefined
}

/** No segment but the last is empty, none is a dot segment, and none hides a separator or a control character. */
function isPlain(rest: string): boolean {
  const segments = rest.split('/')
  return segments.every((segment, index) => (segment === '' ? index === segments.length - 1 : isPlainSegment(segment)))
}

function isPlainSegment(segment: string): boolean {
  let text = segment
  for (let times = 0; times < DECODINGS; times++) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: it is they that are looked for
    if (text === '.' || text === '..' || /[/\\\u0000-\u001f\u007f]/.test(text)) return false
    const decoded = decode(text)
    if (decoded === text) return true
    if (decoded === undefined) return times > 0
    text = decoded
  }
  return false
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
