/** What each command does. */
import type { Assessment } from '../assess.js'
import type { AuthorizationServer } from '../authorization-server.js'
import type { StoredOptions } from '../clients/stored.js'
import { UsageError } from './errors.js'
import type { Values } from './run.js'

interface Invocation {
  readonly server: AuthorizationServer
  readonly hasSecret: boolean
  readonly values: Values
  readonly positionals: readonly string[]
}

interface Result {
  readonly text: string
  readonly json: unknown
  readonly isFailed?: boolean
}

export type Command = (invocation: Invocation) => Promise<Result>

export const commands: Readonly<Record<string, Command>> = {
  'keys rotate': rotateKeys,
  'clients create': createClient,
  'clients rotate-secret': rotateSecret,
  assess,
}

const ALGORITHMS = ['ES256', 'RS256'] as const

interface Published {
  readonly kid: string
  readonly alg: string
  /** Epoch seconds. */
  readonly activateAt: number
}

async function rotateKeys({ server, hasSecret, values, positionals }: Invocation): Promise<Result> {
  refuseMore(positionals)
  const named = ALGORITHMS.filter((algorithm) => values.algorithm === undefined || algorithm === values.algorithm)
  if (named.length === 0) throw new UsageError(`--algorithm is one of ${ALGORITHMS.join(', ')}.`)
  // Another secret would wrap keys that the server can never open.
  if (!hasSecret)
    throw new UsageError(
      "keys rotate needs the server's secret: --secret-file FILE, or SCOPEWISE_SECRET in the environment.",
    )
  await server.ready()
  const published: Published[] = []
  server.on('key.published', ({ kid, alg, activateAt }) => published.push({ kid, alg, activateAt }))
  for (const algorithm of named) await server.keys.rotate(algorithm)
  const text = named.map((algorithm) => {
    const key = published.find((one) => one.alg === algorithm)
    return key
      ? `${algorithm}: published ${key.kid}, which signs from ${new Date(key.activateAt * 1000).toISOString()}.`
      : `${algorithm}: a successor was published already. It signs as soon as every verifier can know it.`
  })
  return { text: text.join('\n'), json: { published } }
}

async function createClient({ server, values, positionals }: Invocation): Promise<Result> {
  refuseMore(positionals)
  const { client, clientSecret } = await server.clients.create(clientOptions(values))
  const json = { client_id: client.clientId, ...(clientSecret !== undefined && { client_secret: clientSecret }) }
  return { text: lines(json), json }
}

/** What the options mean is checked where all clients are. */
function clientOptions(values: Values): StoredOptions {
  const options = {
    ...(values.name !== undefined && { name: values.name }),
    ...(values.type !== undefined && { type: values.type }),
    ...(values['redirect-uri'] && { redirectUris: values['redirect-uri'] }),
    ...(values.scope && { scope: values.scope }),
    ...(values['grant-type'] && { grantTypes: values['grant-type'] }),
    ...(values['auth-method'] !== undefined && { tokenEndpointAuthMethod: values['auth-method'] }),
  }
  return options as StoredOptions // words of the command line: server.clients refuses those that mean nothing
}

async function rotateSecret({ server, values, positionals }: Invocation): Promise<Result> {
  const [clientId, ...more] = positionals
  if (clientId === undefined) throw new UsageError('clients rotate-secret needs the ID of a client.')
  refuseMore(more)
  const overlap = values.overlap === undefined ? undefined : Number(values.overlap)
  if (overlap !== undefined && !(Number.isInteger(overlap) && overlap >= 0))
    throw new UsageError('--overlap is a number of seconds.')
  const { clientSecret } = await server.clients.rotateSecret(clientId, overlap === undefined ? {} : { overlap })
  const json = { client_id: clientId, client_secret: clientSecret }
  return { text: lines(json), json }
}

async function assess({ server, values, positionals }: Invocation): Promise<Result> {
  refuseMore(positionals)
  if (values.config === undefined) throw new UsageError('assess needs --config: a store alone has no configuration.')
  const all = server.assess()
  const found = all.filter(({ standard }) => values.standard === undefined || standard === values.standard)
  if (found.length === 0)
    throw new UsageError(`--standard is one of ${[...new Set(all.map(({ standard }) => standard))].join(', ')}.`)
  const isDue = ({ standard }: Assessment) => values.standard !== undefined || standard !== 'FAPI 2.0'
  return {
    text: found.map(({ id, status, sentence }) => `${id.padEnd(24)}  ${status.padEnd(14)}  ${sentence}`).join('\n'),
    json: found,
    isFailed: found.some((one) => isDue(one) && one.status === 'failed' && one.level === 'must'),
  }
}

function refuseMore(positionals: readonly string[]): void {
  if (positionals.length > 0) throw new UsageError(`What is ${positionals.join(' ')} for?`)
}

const lines = (values: Readonly<Record<string, string>>): string =>
  Object.entries(values)
    .map(([name, value]) => `${name}  ${value}`)
    .join('\n')
