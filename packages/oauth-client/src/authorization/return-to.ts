/** Keeps a path of the own origin as it is and turns everything else into "/". RFC 9700 §4.11.1. Pure. */
export function safeReturnTo(value: string, origin: string): string {
  return isOwnPath(value, origin) && isOwnPath(decodePath(value), origin) ? value : '/'
}

// CL-13. Browsers read "\" as "/" and drop tabs and line ends, so "/\evil" and "/<tab>/evil" are other hosts.
function isOwnPath(value: string, origin: string): boolean {
  return /^\/(?![/\\])\P{Cc}*$/u.test(value) && URL.canParse(value, origin) && new URL(value, origin).origin === origin
}

/** The path as a framework may hand it on: decoded once. */
function decodePath(value: string): string {
  const path = value.split(/[?#]/, 1)[0] ?? ''
  try {
    return decodeURIComponent(path)
  } catch {
    return ''
  }
}
