import type * as z from 'zod'

/** What a value is called that has one of these types. */
const NOUNS: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  number: 'a number',
  object: 'an object',
  record: 'an object',
  string: 'a string',
}

const SECRET_HASH = 'secretHash, which hashClientSecret() gives'
const TOKEN_LIFETIME = 'the lifetime of defineAccessToken()'

/** What people write who know other servers, or the words of the wire, and what it is called here. */
const MEANT: Readonly<Record<string, string>> = {
  accessToken: TOKEN_LIFETIME,
  audience: 'resources',
  clientSecret: SECRET_HASH,
  client_id: 'clientId',
  client_name: 'name',
  client_secret: SECRET_HASH,
  grants: 'grantTypes',
  grant_types: 'grantTypes',
  redirectUri: 'redirectUris',
  redirectURIs: 'redirectUris',
  redirect_uris: 'redirectUris',
  resource: 'resources',
  scopes: 'scope',
  secrets: 'secret, which also takes a list',
  ttl: 'lifetimes',
  url: 'issuer',
}

/** The first thing that is wrong: where, and the end of a sentence that says what. A name that does not exist explains the one that is missing. */
export function describeIssue({ issues }: z.ZodError): { readonly where: string; readonly what: string } {
  const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0]
  return issue ? { where: issue.path.join('.'), what: describe(issue) } : { where: '', what: 'is wrong' }
}

/** The schemas have sentences of their own; what zod says speaks of inputs and keys. */
function describe(issue: z.core.$ZodIssue): string {
  if (!/^(?:Invalid|Unrecognized)/.test(issue.message)) return issue.message
  if (issue.code === 'unrecognized_keys') return describeStranger(issue.keys[0] ?? '')
  if (issue.code === 'invalid_type') return `has to be ${NOUNS[issue.expected] ?? issue.expected}`
  if (issue.code === 'invalid_value')
    return `has to be ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.join(', ')}`
  return issue.message
}

function describeStranger(name: string): string {
  const meant = Object.hasOwn(MEANT, name) ? `: it is ${MEANT[name]}` : ''
  return `has no member ${name}${meant}`
}
