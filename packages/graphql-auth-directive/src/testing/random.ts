/** Random schemas, operations and variables that are valid by construction. */
import {
  type GraphQLCompositeType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isInterfaceType,
  isObjectType,
} from 'graphql'

/** A number from 0 to `below` - 1. */
export type Pick = (below: number) => number

export const SCOPES = ['s0', 's1', 's2', 's3'] as const
const CLAUSES = ['"s0"', '"s1"', '["s2", "s0"]', '["s1 s2", "s3"]', '"s0 s2"', '"s3"']
const COUNT = { interfaces: 3, objects: 4 }

const chance = (pick: Pick, percent: number): boolean => pick(100) < percent

/** What only we can say: no other directive has it. */
const WIDE = [
  ' @auth(roles: ["r0", "r1"])',
  ' @auth(scope: "s1", roles: "r1")',
  ' @auth(acr: ["gold", "silver"])',
  ' @auth(acr: "gold", maxAge: 60)',
]

function directive(pick: Pick, percent: number, isPublicPossible = false, isWide = false): string {
  if (!chance(pick, percent)) return isPublicPossible && chance(pick, 20) ? ' @public' : ''
  const clause = CLAUSES[pick(CLAUSES.length)]
  const kinds = [
    ` @auth(scope: ${clause})`,
    ` @auth(scope: ${clause})`,
    ' @auth',
    ` @auth(scope: ${clause}) @auth(scope: "s1")`,
    ...(isWide ? WIDE : []),
  ]
  if (chance(pick, 10)) return ` @auth(policy: "${chance(pick, 60) ? 'yes' : 'no'}")`
  return kinds[pick(kinds.length)] ?? ''
}

/** SDL with interfaces that implement interfaces, unions, covariant fields, rings, extensions and guarded inputs. */
export function randomSdl(pick: Pick, isWide = false): string {
  // With all arguments, and at the locations that only some tools know.
  const extra = (percent: number) => (isWide ? directive(pick, percent, false, true) : '')
  const objects = Array.from({ length: COUNT.objects }, (_, index) => `T${index}`)
  const parents = ['', 'I0', chance(pick, 50) ? 'I0 & I1' : 'I0']
  const implementsOf = (names: string) => (names ? ` implements ${names}` : '')
  const outputs = [...objects, 'I0', 'I1', 'I2', 'U', 'String', 'Int', 'S', 'OE']
  const output = () => outputs[pick(outputs.length)] ?? 'String'
  // The field of each interface, repeated in all that implement it.
  const shared = ['I0', 'T0', output()]
  const sharedField = (index: number, isObject: boolean) => {
    const covariant = isObject && index === 0 && chance(pick, 40) ? 'T1' : shared[index]
    return `g${index}(input: In${extra(10)}): ${covariant}${directive(pick, 15, false)}`
  }
  const chain = [['I0'], ['I0', 'I1'], ['I0', ...(parents[2]?.includes('I1') ? ['I1'] : []), 'I2']]
  const interfaces = chain.map((names, index) => {
    const above = names.slice(0, -1).join(' & ')
    const fields = names.map((name) => sharedField(Number(name.slice(1)), false))
    return `interface I${index}${implementsOf(above)}${directive(pick, 20)} { id: String${directive(pick, 10)} ${fields.join(' ')} }`
  })
  const types = objects.map((name, index) => {
    // T1 is always an I0: the covariant field needs that.
    const names = index === 1 ? ['I0'] : (chain[pick(4)] ?? [])
    const fields = [...names.map((one) => sharedField(Number(one.slice(1)), true))]
    const own = Array.from(
      { length: 2 },
      (_, at) => `f${at}(input: In, list: [In!], e: E = B${extra(15)}): ${output()}${directive(pick, 25, true)}`,
    )
    const extension = chance(pick, 20) ? `extend type ${name}${directive(pick, 70) || ' @auth'}` : ''
    return `type ${name}${implementsOf(names.join(' & '))}${directive(pick, 20, names.length === 0 && !extension)} { id: String${directive(pick, 10)} ${[...fields, ...own].join(' ')} } ${extension}`
  })
  return `
    type Query${directive(pick, 10)} { ${['I0', 'I2', 'U', 'T0', 'T1'].map((type, at) => `q${at}(input: In): ${type}${directive(pick, 30) || ' @public'}`).join(' ')} }
    union U${extra(15)} = T0 | T2
    scalar S${extra(15)}
    enum OE${extra(15)} { X Y }
    enum E${extra(10)} { A B${extra(50)} }
    ${interfaces.join('\n')}
    ${types.join('\n')}
    input In${extra(8)} { a: String b: String${directive(pick, 60)} next: In${directive(pick, 20)} many: [Sub!] flag: Boolean e: E s: S${extra(10)} es: [E!] }
    input Sub${extra(15)} { c: Int d: Int${directive(pick, 50)} }`
}

const VARIABLES =
  '$v: Boolean! = true, $w: Boolean!, $in: In, $b: String, $sub: [Sub!] = [{ d: 1 }], $next: In = { next: { b: "x" } }, $e: E, $f: E = B'
const INPUTS = [
  '{ a: "x" }',
  '{ b: "x" }',
  '{ b: $b }',
  '{ next: { next: { b: null } } }',
  '{ next: $next }',
  '{ many: { c: 1 } }',
  '{ many: [{ c: 1 }, { d: 2 }] }',
  '{ many: $sub }',
  '{ e: A }',
  '{ e: B }',
  '{ e: $e }',
  '{ es: [A, $f] }',
  '{ s: 1 }',
  '$in',
  'null',
]
const ENUMS = ['A', 'B', '$e', '$f', 'null']

/** Values for the variables of {@link randomQuery}. */
export function randomVariables(pick: Pick): Record<string, unknown> {
  const inputs: readonly unknown[] = [
    { a: 'x' },
    { b: 'x' },
    { b: null },
    { next: { many: [{ d: 1 }] } },
    { many: { c: 1 } },
    { e: 'B' },
    { next: { es: ['A', 'B'] } },
    { s: 'x' },
    null,
  ]
  return {
    w: chance(pick, 50),
    ...(chance(pick, 50) && { v: chance(pick, 50) }),
    ...(chance(pick, 60) && { in: inputs[pick(inputs.length)] }),
    ...(chance(pick, 40) && { b: chance(pick, 50) ? 'x' : null }),
    ...(chance(pick, 40) && { sub: chance(pick, 50) ? [{ c: 1 }] : [] }),
    ...(chance(pick, 40) && { next: { a: 'y' } }),
    ...(chance(pick, 40) && { e: chance(pick, 50) ? 'A' : 'B' }),
    ...(chance(pick, 40) && { f: 'A' }),
  }
}

/** A query with aliases, nested fragments, named fragments and conditions. Every response key is unique. */
export function randomQuery(schema: GraphQLSchema, pick: Pick): string {
  const state = { aliases: 0, fragments: new Map<string, GraphQLCompositeType>() }
  const names = ['FA', 'FB', 'FC']
  const composites = Object.values(schema.getTypeMap()).filter(
    (type) => isCompositeType(type) && !type.name.startsWith('__') && type.name !== 'Query',
  )
  const texts: string[] = []
  // From the last to the first, so that a fragment only spreads ones that exist.
  for (const name of names) {
    const type = composites[pick(composites.length)]
    if (!type || !isCompositeType(type)) continue
    texts.push(`fragment ${name} on ${type.name} ${selections(schema, type, 2, pick, state)}`)
    state.fragments.set(name, type)
  }
  const query = schema.getQueryType()
  const body = query ? selections(schema, query, 3, pick, state) : ''
  return `query (${VARIABLES}) ${body} ${texts.join(' ')}`
}

interface State {
  aliases: number
  readonly fragments: Map<string, GraphQLCompositeType>
}

const STRANGE = ['__proto__', 'constructor', 'toString', 'hasOwnProperty']

function selections(
  schema: GraphQLSchema,
  type: GraphQLCompositeType,
  depth: number,
  pick: Pick,
  state: State,
): string {
  const parts = Array.from({ length: 1 + pick(3) }, () => selection(schema, type, depth, pick, state))
  return `{ ${parts.join(' ')} }`
}

function selection(schema: GraphQLSchema, type: GraphQLCompositeType, depth: number, pick: Pick, state: State): string {
  const kind = pick(10)
  if (kind < 2) {
    const targets = Object.values(schema.getTypeMap()).filter(
      (other) => isCompositeType(other) && overlaps(schema, type, other) && other.name !== 'Query',
    )
    const target = targets[pick(Math.max(1, targets.length))]
    const on = target && isCompositeType(target) && chance(pick, 80) ? target : type
    return `... ${on === type && chance(pick, 50) ? '' : `on ${on.name}`}${condition(pick)} ${selections(schema, on, depth, pick, state)}`
  }
  if (kind === 2) {
    const usable = [...state.fragments].filter(([, on]) => overlaps(schema, type, on))
    const [name] = usable[pick(Math.max(1, usable.length))] ?? []
    if (name) return `...${name}${condition(pick)}`
  }
  return field(schema, type, depth, pick, state)
}

function field(schema: GraphQLSchema, type: GraphQLCompositeType, depth: number, pick: Pick, state: State): string {
  const strange = STRANGE[state.aliases++]
  const alias = strange && chance(pick, 50) ? strange : `a${state.aliases}`
  const fields = isObjectType(type) || isInterfaceType(type) ? Object.values(type.getFields()) : []
  const usable = fields.filter((one) => depth > 0 || !isCompositeType(getNamedType(one.type)))
  const chosen = usable[pick(Math.max(1, usable.length))]
  if (!chosen) return `${alias}: __typename`
  const output = getNamedType(chosen.type)
  const supplied = chosen.args.flatMap(({ name }) => {
    if (!chance(pick, 35)) return []
    if (name === 'input') return [`input: ${INPUTS[pick(INPUTS.length)]}`]
    return name === 'e' ? [`e: ${ENUMS[pick(ENUMS.length)]}`] : []
  })
  const input = supplied.length > 0 ? `(${supplied.join(', ')})` : ''
  const inner = isCompositeType(output) ? ` ${selections(schema, output, depth - 1, pick, state)}` : ''
  return `${alias}: ${chosen.name}${input}${condition(pick)}${inner}`
}

function condition(pick: Pick): string {
  const all = [
    '@skip(if: $v)',
    '@include(if: $w)',
    '@skip(if: true)',
    '@include(if: false)',
    '@include(if: $v) @skip(if: $w)',
  ]
  return chance(pick, 25) ? ` ${all[pick(all.length)]}` : ''
}

function overlaps(schema: GraphQLSchema, a: GraphQLCompositeType, b: unknown): boolean {
  if (!isCompositeType(b)) return false
  const of = (type: GraphQLCompositeType) => (isAbstractType(type) ? schema.getPossibleTypes(type) : [type])
  const members = new Set<unknown>(of(a))
  return of(b).some((member) => members.has(member))
}
