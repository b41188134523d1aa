import type { OAuthClient } from '../client/client.js'
import type { TransactionStore } from '../client/transaction.js'
import { OAuthClientError } from '../errors.js'

/** What a client needs for logins, and others do not. @throws {OAuthClientError} invalid_configuration */
export function requireLogin({ redirectUri, transactions }: OAuthClient): {
  readonly redirectUri: string
  readonly transactions: TransactionStore
} {
  if (redirectUri !== undefined && transactions) return { redirectUri, transactions }
  throw new OAuthClientError(
    'invalid_configuration',
    'A login needs redirectUri and transactions: hand both to createClient',
  )
}
