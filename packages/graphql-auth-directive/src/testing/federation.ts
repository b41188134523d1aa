/** What a subgraph library adds to the type definitions, as far as graphql needs it to build a schema. */
export function federationDefinitions(names: {
  readonly authenticated?: string
  readonly requiresScopes?: string
  readonly policy?: string
}): string {
  const { authenticated = 'authenticated', requiresScopes = 'requiresScopes', policy = 'policy' } = names
  const places = 'on FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM'
  return `
    directive @link(url: String!, as: String, for: String, import: [link__Import]) repeatable on SCHEMA
    scalar link__Import scalar federation__Scope scalar federation__Policy scalar FieldSet scalar ContextFieldValue
    directive @${authenticated} ${places}
    directive @${requiresScopes}(scopes: [[federation__Scope!]!]!) ${places}
    directive @${policy}(policies: [[federation__Policy!]!]!) ${places}
    directive @key(fields: FieldSet!, resolvable: Boolean) repeatable on OBJECT | INTERFACE
    directive @external on OBJECT | FIELD_DEFINITION
    directive @requires(fields: FieldSet!) on FIELD_DEFINITION
    directive @context(name: String!) repeatable on OBJECT | INTERFACE | UNION
    directive @fromContext(field: ContextFieldValue) on ARGUMENT_DEFINITION
  `
}
