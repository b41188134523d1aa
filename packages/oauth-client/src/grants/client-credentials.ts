import type { Context } from '../token-endpoint/context.js'
import { grantTokens } from '../token-endpoint/grant-tokens.js'
import { requestTokens } from '../token-endpoint/request-tokens.js'
import { scopeParam } from '../token-endpoint/scope.js'
import type { Tokens } from '../token-endpoint/tokens.js'

/** Asks for a token of the client's own. OAuth 2.1 §4.2. A refresh token or an ID token in the answer is dropped: this grant has none. */
export async function clientCredentials(
  context: Context,
  { scope, resource }: { readonly scope?: readonly string[] | undefined; readonly resource?: string | undefined },
): Promise<Tokens> {
  const response = await requestTokens(context, 'client_credentials', { scope: scopeParam(context, scope), resource })
  return grantTokens(context, { ...response, refreshToken: undefined, idToken: undefined }, scope ?? [])
}
