import type { Client } from '../config/client.js'
import type { Config } from '../config/config.js'
import type { Store } from '../storage/store.js'
import type { ClientDocuments } from './documents.js'
import { createStoredClient, STORED_ID } from './stored.js'

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

export function createClientDirectory(
  config: Config,
  store: Pick<Store, 'findClient'>,
  documents: ClientDocuments,
): ClientDirectory {
  const findElsewhere = async (clientId: string, source: Request | undefined): Promise<Client | undefined> => {
    if (!STORED_ID.test(clientId)) return documents.find(clientId, source)
    const row = await store.findClient(clientId)
    return row && createStoredClient(row, config.clientRules, config.now())
  }
  return {
    find(clientId, source) {
      if (!CLIENT_ID.test(clientId)) return undefined
      const configured = config.clients.find(clientId)
      if (configured instanceof Promise) return configured.then((client) => client ?? findElsewhere(clientId, source))
      return configured ?? findElsewhere(clientId, source)
    },
  }
}
