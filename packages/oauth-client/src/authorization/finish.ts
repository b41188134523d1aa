import { OAuthClientError } from '../errors.js'
import { exchangeCode } from '../grants/authorization-code.js'
import type { Context } from '../token-endpoint/context.js'
import type { Tokens } from '../token-endpoint/tokens.js'
import { parseAuthorizationResponse, refuseIssuer, unknownTransaction } from './response.js'
import { transactionKey } from './transaction-key.js'
import type { TransactionStore } from './transactions.js'

/** What a login gave. */
export interface Authorization<S extends string = string> {
  readonly tokens: Tokens<S>
  /** The path that `startAuthorization` was told, made safe there. */
  readonly returnTo?: string
}

/** Ends a login: checks the response and exchanges its code. OAuth 2.1 §4.1.2 and §4.1.3, RFC 9207 §2.4. */
export async function finishAuthorization(
  context: Context,
  transactions: TransactionStore,
  input: Request | URL | string,
  session: string | undefined,
): Promise<Authorization> {
  const response = parseAuthorizationResponse(toUrl(input, context.redirectUri).searchParams)
  // Before the transaction is taken: when the server can't be reached, the user may try the same response again.
  const { hasResponseIssuer } = await context.metadata()
  const transaction = await transactions.take(await transactionKey(context, response.state, session))
  if (!transaction || transaction.expiresAt <= context.now()) throw unknownTransaction()
  const { returnTo, verifier, redirectUri, scope, nonce, resource, maxAge, acrValues } = transaction

  // CL-01: before the code or the error is used, and the text of a response that fails here is not shown.
  const mixUp = refuseIssuer(response.iss, context.issuer, hasResponseIssuer)
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
  const tokens = await exchangeCode(context, { code, verifier, redirectUri, scope, nonce, resource, maxAge, acrValues })
  return { tokens, ...(returnTo !== undefined && { returnTo }) }
}

function toUrl(input: Request | URL | string, base: string | undefined): URL {
  const url = typeof input === 'object' && 'url' in input ? input.url : input
  if (URL.canParse(url, base)) return new URL(url, base)
  throw new OAuthClientError('invalid_response', 'What was handed to finishAuthorization is not a URL')
}
