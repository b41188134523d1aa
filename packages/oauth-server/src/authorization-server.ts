import type { KeyRing, KeySource } from '@scopewise/token-core'
import { randomToken } from '@scopewise/token-core/encoding'
import { type Assessment, assess } from './assess.js'
import { administrate, type ClientAdministration } from './clients/administration.js'
import { createClientDirectory } from './clients/directory.js'
import { createClientDocuments } from './clients/documents.js'
import { type Config, createConfig } from './config/config.js'
import type { AuthorizationServerOptions, ResourceOptions } from './config/options.js'
import type { Context } from './context.js'
import { deriveSecrets } from './crypto/secrets.js'
import { dispatch, isEndpoint } from './dispatch.js'
import { createEvents, type Emit, type On } from './events.js'
import { createDocument } from './http/responses.js'
import { createVerifyAssertion } from './keys/assertions.js'
import { createClientKeys } from './keys/client-keys.js'
import { createDpopVerifiers } from './keys/dpop.js'
import { askRing, createServerKeyRing } from './keys/key-ring.js'
import { createTokenIssuers } from './keys/token-issuers.js'
import { createLimits } from './limits/limits.js'
import { createGrants, type Grants } from './management/grants.js'
import { createSessions, type Sessions } from './management/sessions.js'
import { createMetadata, type ServerMetadata } from './metadata.js'
import { createGuardedFetch } from './network/guarded-fetch.js'
import { guardStore } from './storage/guard.js'
import type { Store } from './storage/store.js'

/** Rows that one call of `expire` removes at most, give or take a step. */
const EXPIRE_LIMIT = 20_000
/** Rows of each kind that are removed at once: SQLite answers nobody meanwhile. */
const EXPIRE_STEP = 200

/** An authorization server, ready to be mounted wherever a fetch handler is. */
export interface AuthorizationServer {
  readonly issuer: string
  readonly metadata: ServerMetadata
  /** The keys that verify this server's tokens, for a verifier in the same process. They rotate by themselves; `rotate` and `revoke` do it by hand. */
  readonly keys: KeySource & Pick<KeyRing, 'rotate' | 'revoke'>
  /**
   * Derives the keys and loads those in the store, or makes them. Not needed before `fetch`; it lets a wrong secret or a
   * store out of reach stop the start instead of the first request.
   * @throws {OAuthError} invalid_configuration when the stored keys can't be opened with the configured secret
   */
  ready(): Promise<void>
  /** Answers every request below the issuer; 404 for what is none of its endpoints. Never throws. */
  fetch(request: Request): Promise<Response>
  /** Whether the grant that an access token came from is revoked or gone: goes into `createVerifier({ revoked })`. A client's own token has no grant. */
  isRevoked(claims: { readonly grant_id?: string | undefined }): Promise<boolean>
  /** Browsers that are signed in. */
  readonly sessions: Sessions
  /** What was allowed to applications. */
  readonly grants: Grants
  /** Whether the path of this URL is one of this server's: for an app that routes by itself. */
  isEndpoint(url: string): boolean
  /** Listens to what happens; gives the function that stops listening. */
  on: On
  /** Clients that the store keeps, beside those in the configuration. */
  readonly clients: ClientAdministration
  /** Compares the configuration with OAuth 2.1, RFC 9700 and FAPI 2.0. */
  assess(): readonly Assessment[]
  /** Removes what can never matter again, at most about 20,000 rows and a few at a time, and rotates signing keys that are due. Call it every minute, on as many nodes as you like. Gives the number of removed rows. */
  expire(): Promise<number>
}

/**
 * Creates an authorization server. OAuth 2.1, OpenID Connect Core.
 * @throws {OAuthError} invalid_configuration with a sentence that says which option is wrong and how to mend it.
 */
export function createAuthorizationServer<
  S extends string,
  C,
  const R extends Readonly<Record<string, ResourceOptions<NoInfer<S>>>>,
>(options: AuthorizationServerOptions<S, C, R>): AuthorizationServer {
  const config = createConfig(options)
  const { emit, on } = createEvents()
  const metadata = createMetadata(config)
  const store = guardStore(config.store, (cause) => emit('error', { where: 'store', cause }))
  let starting: Promise<Context> | undefined
  let started: Context | undefined
  const ready = async (): Promise<Context> => {
    starting ??= start(config, store, metadata, emit)
    started = await starting
    return started
  }
  return {
    issuer: config.issuer,
    metadata,
    keys: createKeys(ready),
    ready: async () => {
      await (await ready()).keys.warm()
    },
    fetch: (request) => (started ? dispatch(request, started) : ready().then((context) => dispatch(request, context))),
    async isRevoked({ grant_id: id }) {
      if (id === undefined) return false
      const grant = await config.store.findGrant(id)
      // A grant outlives all its tokens, so one that is gone has none.
      return grant === undefined || grant.revokedAt !== undefined
    },
    sessions: createSessions(ready),
    grants: createGrants(ready),
    isEndpoint: (url) => isEndpoint(url, config.basePath),
    on,
    clients: administrate({ config, store, emit }),
    assess: () => assess({ config, metadata, clients: config.clients.list }),
    async expire() {
      // A failure is reported, and what is due with the keys is done when one is used next.
      await (await ready()).keys.sync().catch(() => undefined)
      return expireInSteps(config)
    },
  }
}

/** A little at a time, with requests answered in between. */
async function expireInSteps({ store, now }: Config): Promise<number> {
  for (let removed = 0; ; ) {
    const step = await store.expire(now(), EXPIRE_STEP)
    removed += step
    if (step === 0 || removed >= EXPIRE_LIMIT) return removed
    await new Promise((resolve) => setTimeout(resolve, 0))
  }
}

/** The ring's side of the server, before it has started too. */
function createKeys(ready: () => Promise<Context>): AuthorizationServer['keys'] {
  let ring: KeyRing | undefined
  const started = async (): Promise<KeyRing> => {
    ring ??= (await ready()).keys
    return ring
  }
  return {
    '~scopewise': 'keys',
    find: async (header) => (await started()).find(header),
    findSync: (header) => ring?.findSync(header),
    warm: async () => (await started()).warm(),
    rotate: async (algorithm) => askRing((await started()).rotate(algorithm)),
    revoke: async (kid) => askRing((await started()).revoke(kid)),
  }
}

async function start(config: Config, store: Store, metadata: ServerMetadata, emit: Emit): Promise<Context> {
  const secrets = await deriveSecrets(config.secrets ?? [randomToken()])
  const keys = createServerKeyRing(config, { store, secrets, emit })
  const guardedFetch = createGuardedFetch({ now: config.now, ...config.operations.outbound })
  const limits = createLimits({ store, secrets, emit, now: config.now, addresses: config.operations })
  const documents = createClientDocuments({ config, fetch: guardedFetch, limits, emit })
  const clientKeys = createClientKeys({
    // Whoever writes the configuration may name an address of the own network; nobody else may.
    fetchFor: ({ source }) => (source === 'configured' ? globalThis.fetch : guardedFetch),
    now: config.now,
  })
  return {
    config,
    store,
    secrets,
    clients: createClientDirectory(config, store, documents),
    limits,
    guardedFetch,
    keys,
    issuers: createTokenIssuers(config, keys),
    dpop: await createDpopVerifiers(config, { store, secrets }),
    assertions: createVerifyAssertion(config, { store, keys: clientKeys }),
    emit,
    now: config.now,
    url: (path) => `${config.issuer}${path}`,
    metadata: await createDocument(metadata),
  }
}
