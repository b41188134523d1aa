import type { createBrowser } from './browser.js'

const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'
const VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'

/** Who signs in where, as the public client `web` with the scope `notes:read`. */
interface SignIn {
  readonly issuer: string
  readonly username: string
  readonly password: string
}

/** Signs in, allows, and redeems the code: the status and the body of the token response. */
export async function signInAndRedeem(
  browser: ReturnType<typeof createBrowser>,
  { issuer, username, password }: SignIn,
): Promise<readonly [status: number, body: unknown]> {
  const request = new URLSearchParams({
    client_id: 'web',
    response_type: 'code',
    scope: 'notes:read',
    code_challenge: CHALLENGE,
    code_challenge_method: 'S256',
  })
  const signIn = await browser.open(new URL(`${issuer}/authorize?${request}`))
  const [form] = signIn.forms
  if (!form) throw new Error(`no sign-in form, but ${signIn.status}`)
  const consent = await browser.submit(form, { username, password })
  const allow = consent.forms.find(({ buttons }) => buttons.includes('decision=allow'))
  if (!allow) throw new Error(`no consent form, but ${consent.status}`)
  const code = (await browser.submit(allow, { decision: 'allow' })).url.searchParams.get('code') ?? ''
  const body = new URLSearchParams({
    grant_type: 'authorization_code',
    client_id: 'web',
    code,
    code_verifier: VERIFIER,
  })
  const answer = await fetch(`${issuer}/token`, { method: 'POST', body })
  return [answer.status, await answer.json()]
}
