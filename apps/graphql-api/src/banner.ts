import { DEMO_SERVICE_SECRET } from './settings/clients.js'
import { demoUsers } from './settings/demo-accounts.js'
import type { Settings } from './settings/environment.js'
import type { Running } from './start.js'

/** What is printed once the example listens: where it is, who can sign in, and two commands to copy. */
export function banner(
  settings: Settings,
  { origins, tokenEndpoint }: Pick<Running, 'origins' | 'tokenEndpoint'>,
): string {
  const demoClients = settings.clientsFile === undefined
  const users = demoUsers.map(({ username, password }) => `${username} / ${password}`)
  return [
    '',
    'Scopewise example',
    '',
    `  Page      ${origins.api}/`,
    `  GraphQL   ${origins.resource}`,
    `  Issuer    ${origins.issuer}`,
    `  Data      ${settings.dataDir}`,
    `  Users     ${settings.usersFile ?? users.join('   ')}`,
    `  Clients   ${demoClients ? `demo-service / ${DEMO_SERVICE_SECRET}   demo-web and demo-native (public)` : settings.clientsFile}`,
    '',
    ...(demoClients ? ['Try it from another terminal:', '', ...tryIt(tokenEndpoint, origins.resource), ''] : []),
    'Ctrl-C ends it.',
    '',
  ].join('\n')
}

/** Two lines for a shell: a token for demo-service, and the notes with it. */
const tryIt = (tokenEndpoint: string, graphql: string): readonly string[] => [
  `TOKEN=$(curl -s -u demo-service:${DEMO_SERVICE_SECRET} -d grant_type=client_credentials ${tokenEndpoint} | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')`,
  `curl -s -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -d '{"query":"{ notes(first: 3) { id title } }"}' ${graphql}`,
]
