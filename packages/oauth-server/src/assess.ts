import type { Client } from './config/client.js'
import type { Config } from './config/config.js'
import type { Seconds } from './time.js'

/** How a configuration stands to one rule of a standard. */
export interface Assessment {
  /** Stable: for a list of what is accepted. */
  readonly id: string
  readonly standard: 'OAuth 2.1' | 'RFC 9700' | 'FAPI 2.0'
  readonly section: string
  readonly level: 'must' | 'should'
  readonly status: 'passed' | 'failed' | 'not_applicable'
  /** What was found and, where it failed, what would mend it. */
  readonly sentence: string
}

/** What a check may look at. */
export interface Facts {
  readonly config: Config
  readonly metadata: Readonly<Record<string, unknown>>
  /** Undefined where clients are looked up one by one: then nobody can say anything about all of them. */
  readonly clients: readonly Client[] | undefined
}

type Verdict = readonly [status: Assessment['status'], sentence: string]

interface Check extends Pick<Assessment, 'id' | 'standard' | 'section' | 'level'> {
  readonly verdict: (facts: Facts) => Verdict
}

const either = (isPassed: boolean, passed: string, failed: string): Verdict =>
  isPassed ? ['passed', passed] : ['failed', failed]

/** Says something about all clients that are concerned, or that nobody can. */
function everyClient(
  { clients }: Facts,
  isConcerned: (client: Client) => boolean,
  isFine: (client: Client) => boolean,
  [passed, failed]: readonly [passed: string, failed: (names: string) => string],
): Verdict {
  if (!clients) return ['not_applicable', 'Clients are looked up one by one, so nobody can say this of all of them.']
  const concerned = clients.filter(isConcerned)
  if (concerned.length === 0) return ['not_applicable', 'No configured client is concerned.']
  const wrong = concerned.filter((client) => !isFine(client)).map(({ clientId }) => clientId)
  return wrong.length === 0 ? ['passed', passed] : ['failed', failed(wrong.join(', '))]
}

/** Whether a member of the metadata is a list that holds a value, any of them, and no other. */
const announces = ({ metadata }: Facts, member: string, value?: string): boolean => {
  const values: unknown = metadata[member]
  return Array.isArray(values) && (value === undefined ? values.length > 0 : values.includes(value))
}

const everybody = (): boolean => true
const isConfidential = ({ authMethod }: Client): boolean => authMethod !== 'none'
const hasSecret = ({ authMethod }: Client): boolean => authMethod.startsWith('client_secret_')
const FAPI_CODE_LIFETIME: Seconds = 60

const OAUTH: readonly Check[] = [
  {
    id: 'oauth-https',
    standard: 'OAuth 2.1',
    section: '1.5',
    level: 'must',
    verdict: ({ config }) =>
      either(
        config.secure,
        'The issuer is https.',
        'The issuer is http: give it an https address before anybody else uses it.',
      ),
  },
  {
    id: 'oauth-pkce',
    standard: 'OAuth 2.1',
    section: '4.1.1',
    level: 'must',
    verdict: (facts) =>
      either(
        announces(facts, 'code_challenge_methods_supported', 'S256'),
        'Every code needs PKCE with S256.',
        'PKCE with S256 is not announced.',
      ),
  },
  {
    id: 'oauth-no-implicit',
    standard: 'OAuth 2.1',
    section: '10.1',
    level: 'must',
    verdict: (facts) =>
      either(
        !announces(facts, 'response_types_supported', 'token') &&
          !announces(facts, 'grant_types_supported', 'password'),
        'There is neither an implicit nor a password grant.',
        'An implicit or password grant is announced.',
      ),
  },
  {
    id: 'oauth-code-lifetime',
    standard: 'OAuth 2.1',
    section: '4.1.2',
    level: 'should',
    verdict: ({ config: { lifetimes } }) =>
      either(
        lifetimes.authorizationCode <= 600,
        `Codes live ${lifetimes.authorizationCode} seconds.`,
        'Codes live longer than 10 minutes.',
      ),
  },
  {
    id: 'oauth-redirect-https',
    standard: 'OAuth 2.1',
    section: '2.3.1',
    level: 'must',
    verdict: (facts) =>
      everyClient(
        facts,
        ({ type }) => type === 'web',
        ({ redirectUris }) => redirectUris.every((uri) => uri.startsWith('https:')),
        [
          'All web clients redirect to https.',
          (names) => `These web clients redirect to http: ${names}. Register https addresses.`,
        ],
      ),
  },
  {
    id: 'oauth-refresh-expiry',
    standard: 'OAuth 2.1',
    section: '4.3.3',
    level: 'should',
    verdict: ({ config: { lifetimes } }) => [
      'passed',
      `Refresh tokens end after ${lifetimes.refreshTokenIdle} unused seconds, and after ${lifetimes.refreshToken} in any case.`,
    ],
  },
]

/** RFC 9207 §2; both RFC 9700 and FAPI 2.0 ask for it. */
const namesIssuer: Check['verdict'] = ({ metadata }) =>
  either(
    metadata['authorization_response_iss_parameter_supported'] === true,
    'Every authorization response names its issuer.',
    'Responses do not name their issuer.',
  )

const BEST_PRACTICE: readonly Check[] = [
  {
    id: 'bcp-mix-up',
    standard: 'RFC 9700',
    section: '2.1',
    level: 'must',
    verdict: namesIssuer,
  },
  {
    id: 'bcp-refresh-rotation',
    standard: 'RFC 9700',
    section: '2.2.2',
    level: 'must',
    verdict: (facts) =>
      everyClient(facts, (client) => !isConfidential(client) && client.grantTypes.has('refresh_token'), everybody, [
        'Refresh tokens of public clients are rotated, and reuse revokes the grant.',
        String,
      ]),
  },
  {
    id: 'bcp-audience',
    standard: 'RFC 9700',
    section: '2.3',
    level: 'should',
    verdict: ({ config }) => [
      'passed',
      `Each access token is for one API: ${[...config.resources.keys()].join(', ')}.`,
    ],
  },
  {
    id: 'bcp-sender-constrained',
    standard: 'RFC 9700',
    section: '2.2.1',
    level: 'should',
    verdict: (facts) =>
      either(
        announces(facts, 'dpop_signing_alg_values_supported'),
        'Clients can bind their tokens with DPoP.',
        'Clients have no way to bind their tokens to a key.',
      ),
  },
  {
    id: 'bcp-asymmetric-auth',
    standard: 'RFC 9700',
    section: '2.5',
    level: 'should',
    verdict: (facts) =>
      everyClient(facts, isConfidential, (client) => !hasSecret(client), [
        'All confidential clients sign with a key of their own.',
        (names) => `These clients use a shared secret: ${names}. Give them private_key_jwt.`,
      ]),
  },
  {
    id: 'bcp-client-scope',
    standard: 'RFC 9700',
    section: '2.3',
    level: 'should',
    verdict: (facts) =>
      everyClient(facts, everybody, ({ scope }) => scope.size < facts.config.scopeValues.length, [
        'No client may ask for everything.',
        (names) => `These clients may ask for every scope there is: ${names}. List their scope.`,
      ]),
  },
  {
    id: 'bcp-durable-store',
    standard: 'RFC 9700',
    section: '4.14.2',
    level: 'must',
    verdict: ({ config: { store } }) =>
      either(
        store.durability === 'durable',
        'Revocations outlive a restart.',
        'The store is in memory: after a restart nobody knows what was revoked. Use sqliteStore or postgresStore.',
      ),
  },
]

const FAPI: readonly Check[] = [
  {
    id: 'fapi-par',
    standard: 'FAPI 2.0',
    section: '5.3.2.2-3',
    level: 'must',
    verdict: ({ metadata }) =>
      either(
        metadata['require_pushed_authorization_requests'] === true,
        'Authorization requests have to be pushed.',
        'Authorization requests need not be pushed: set requirePushedAuthorizationRequests.',
      ),
  },
  {
    id: 'fapi-confidential',
    standard: 'FAPI 2.0',
    section: '5.3.2.1-1',
    level: 'must',
    verdict: (facts) =>
      everyClient(facts, everybody, isConfidential, [
        'All clients are confidential.',
        (names) => `These clients are public: ${names}. Give them private_key_jwt, or serve them from another issuer.`,
      ]),
  },
  {
    id: 'fapi-client-auth',
    standard: 'FAPI 2.0',
    section: '5.3.2.1-6',
    level: 'must',
    verdict: (facts) =>
      everyClient(facts, everybody, (client) => isConfidential(client) && !hasSecret(client), [
        'All clients authenticate with a key.',
        (names) => `These clients authenticate with a secret or not at all: ${names}. Give them private_key_jwt.`,
      ]),
  },
  {
    id: 'fapi-code-lifetime',
    standard: 'FAPI 2.0',
    section: '5.3.2.1-11',
    level: 'must',
    verdict: ({ config: { lifetimes } }) =>
      either(
        lifetimes.authorizationCode <= FAPI_CODE_LIFETIME,
        'Codes live at most 60 seconds.',
        'Codes live longer than 60 seconds: lower lifetimes.authorizationCode.',
      ),
  },
  {
    id: 'fapi-rotation',
    standard: 'FAPI 2.0',
    section: '5.3.2.1-9',
    level: 'must',
    verdict: (facts) =>
      everyClient(
        facts,
        ({ grantTypes }) => grantTypes.has('refresh_token'),
        ({ rotateRefreshTokens }) => !rotateRefreshTokens,
        [
          'No refresh token is rotated.',
          (names) => `The refresh tokens of these clients are rotated: ${names}. Set rotateRefreshTokens: false.`,
        ],
      ),
  },
  {
    id: 'fapi-iss',
    standard: 'FAPI 2.0',
    section: '5.3.2.2-7',
    level: 'must',
    verdict: namesIssuer,
  },
]

const checks: readonly Check[] = [...OAUTH, ...BEST_PRACTICE, ...FAPI]

/** Compares a configuration with OAuth 2.1, RFC 9700 and FAPI 2.0. Pure: looks at what is configured, not at what is stored. */
export function assess(facts: Facts): readonly Assessment[] {
  return checks.map(({ verdict, ...rule }) => {
    const [status, sentence] = verdict(facts)
    return { ...rule, status, sentence }
  })
}
