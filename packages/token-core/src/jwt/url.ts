/**
 * Why a URL can't be used for OAuth traffic, or undefined: it must be https (http only on the loopback interface, for
 * development), without credentials and without a fragment. RFC 8414 §2, RFC 8252 §8.3.
 */
export function refuseUrl(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url) return 'it is not an absolute URL'
  if (url.username || url.password) return 'it holds credentials'
  if (text.includes('#')) return 'it has a fragment'
  if (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname))) return undefined
  return 'it is not https (http is for loopback addresses only)'
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname)
}

/**
 * @param who the function that was given it
 * @throws {TypeError} when an issuer is not an https URL (http on a loopback address) without query and fragment. RFC 8414 §2
 */
export function checkIssuer(issuer: string, who: string): void {
  const refusal = issuer.includes('?') ? 'it has a query' : refuseUrl(issuer)
  if (refusal) throw new TypeError(`${who} can't use this issuer: ${refusal}.`)
}
