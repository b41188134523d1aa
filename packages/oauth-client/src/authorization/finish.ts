import type { OAuthClient, OidcScope } from '../client/client.js'
import { OAuthClientError } from '../errors.js'
import { exchangeCode } from '../grants/exchange-code.js'
import { readText } from '../http/json.js'
import type { Tokens } from '../token-endpoint/tokens.js'
import { requireLogin } from './require-login.js'
import { parseAuthorizationResponse, refuseIssuer, unknownTransaction } from './response.js'
import { transactionKey } from './transaction-key.js'

/** What a login gave. */
export interface Authorization<S extends string = string> {
  readonly tokens: Tokens<S>
  /** The path that `startAuthorization` was told, made safe there. */
  readonly returnTo?: string
}

/**
 * Ends a login with the request, or the URL, that the server sent the user back with. Each login can be finished once.
 * OAuth 2.1 §4.1.2 and §4.1.3, RFC 9207 §2.4.
 *
 * NOT checked: the ID token's signature unless the client has `verifySignature` (it comes straight from the token endpoint), and that
 * the URL's path is the redirect URI's.
 *
 * @throws {OAuthClientError} unknown_transaction, issuer_mismatch, authorization_refused (with `error`), token_refused, invalid_id_token
 */
export async function finishAuthorization<S extends string>(
  client: OAuthClient<S>,
  input: Request | URL | string,
  { session }: { readonly session?: string | undefined } = {},
): Promise<Authorization<S | OidcScope>> {
  const { transactions } = requireLogin(client)
  const response = parseAuthorizationResponse(await readResponse(input, client.redirectUri))
  // Before the transaction is taken: when the server can't be reached, the user may try the same response again.
  const metadata = await client.metadata()
  const transaction = await transactions.take(await transactionKey(client, response.state, session))
  if (!transaction || transaction.expiresAt <= client.now()) throw unknownTransaction()
  const { returnTo } = transaction

  // CL-01: before the code or the error is used, and the text of a response that fails here is not shown.
  const mixUp = refuseIssuer(response.iss, metadata)
  if (mixUp) throw new OAuthClientError('issuer_mismatch', mixUp)

  const { code, error, description } = response
  if (error !== undefined) {
    throw new OAuthClientError('authorization_refused', `The authorization server refused: ${error}`, {
      error,
      description,
      returnTo,
    })
  }
  if (!code)
    throw new OAuthClientError('invalid_response', 'The authorization response has neither a code nor an error')
  const tokens = await exchangeCode(client, code, transaction)
  return { tokens, ...(returnTo !== undefined && { returnTo }) }
}

/** Characters; a code is short. */
const MAX_FORM = 65_536

/** The parameters of a response: in the URL, or in the form that the browser posts (OAuth 2.0 Form Post Response Mode §2). */
async function readResponse(input: Request | URL | string, base: string | undefined): Promise<URLSearchParams> {
  const isRequest = typeof input === 'object' && 'url' in input
  if (isRequest && input.method === 'POST') return new URLSearchParams(await readText(input.body, MAX_FORM))
  const url = isRequest ? input.url : input
  if (URL.canParse(url, base)) return new URL(url, base).searchParams
  throw new OAuthClientError('invalid_response', 'What was handed to finishAuthorization is not a URL')
}
