import type { Client } from '../config/client.js'
import type { Config } from '../config/config.js'

/** Every client there is, wherever it is described. */
export interface ClientDirectory {
  /**
   * Configured clients at once, then stored ones, then, where that is switched on, the document at an https clientId. A document is
   * fetched only on behalf of the request `source`.
   */
  find(clientId: string, source?: Request): Client | undefined | Promise<Client | undefined>
}

// Appendix A.1 of RFC 6749; a database gets to see nothing else.
const CLIENT_ID = /^[\x21-\x7e]{1,2048}$/

export function createClientDirectory(config: Config): ClientDirectory {
  return { find: (clientId) => (CLIENT_ID.test(clientId) ? config.clients(clientId) : undefined) }
}
