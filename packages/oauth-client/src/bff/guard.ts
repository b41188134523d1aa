/** The header that pages send with every request: no form and no link of another site can, and scripts of other sites may not. */
const CSRF_HEADER = 'x-csrf'

/**
 * Why a request does not come from a page of the own origin. RFC 10017 §6.1.3.3: the header makes browsers ask first (CORS preflight), which
 * is never granted here; what newer browsers say about the origin is looked at too. Also for GET. Pure.
 */
export function refuseForeign(headers: Headers, origin: string): string | undefined {
  const site = headers.get('sec-fetch-site') ?? 'same-origin'
  const from = headers.get('origin') ?? origin
  if (site !== 'same-origin' || from !== origin) return 'This request comes from another site'
  return headers.get(CSRF_HEADER) ? undefined : `Send the header ${CSRF_HEADER}: 1 with every request`
}
