// What is done once: reading a schema, and analysing a document for the first time.
import { createAuth } from '@scopewise/graphql-auth-directive'
import { buildSchema, parse, validate } from 'graphql'
import { applyMiddleware } from 'graphql-middleware'
import { rule, shield } from 'graphql-shield'
import { measurePaired, table } from '../lib/paired.mjs'
import { AUTH_SDL, bareSchema, largeSdl, mapped, ourSchema, token } from './schemas.mjs'

const rounds = Number(process.env.BENCH_ROUNDS ?? 41)
const TYPES = 2000

/** A new object for the same document: nothing is cached for it. */
const anew = (document) => ({ ...document })

/** Pages of fields with fragments, as clients write them. */
function pageQuery(selections) {
  const blocks = Array.from({ length: selections / 10 }, (_, at) => `b${at}: items { f0 f1 f2 ...More } `)
  return `{ ${blocks.join(' ')} } fragment More on Item { f3 f4 f5 f6 f7 f8 f9 }`
}

/** @param {number} selections distinct ones: each alias has a selection set of its own */
function flatQuery(selections) {
  const blocks = Array.from({ length: selections / 10 }, (_, at) => `b${at}: items { f0 f1 f2 f3 f4 f5 f6 f7 f8 }`)
  return `{ ${blocks.join(' ')} }`
}

function amplified(levels) {
  const fragments = Array.from(
    { length: levels },
    (_, at) => `fragment F${at} on T { a: next { ...F${at + 1} } b: next { ...F${at + 1} } }`,
  )
  return `{ start { ...F0 } } ${fragments.join(' ')} fragment F${levels} on T { id }`
}

async function measureFirst() {
  const { auth, schema } = ourSchema()
  const bare = bareSchema()
  const rows = []
  for (const [name, source] of [
    ['10 fields', '{ items { f0 f1 f2 f3 f4 f5 f6 f7 f8 f9 } }'],
    ['200 fields, with a fragment', pageQuery(200)],
  ]) {
    const document = parse(source)
    const [{ ratio, low, high }] = (
      await measurePaired(
        {
          analyze: () => auth.analyze(schema, anew(document)).requiredScopes,
          validate: () => validate(bare, document),
        },
        { reference: 'validate', rounds },
      )
    ).filter((row) => row.name === 'analyze')
    rows.push([name, (1 / ratio).toFixed(2), `${(1 / high).toFixed(2)}-${(1 / low).toFixed(2)}`])
  }
  return `## The first analysis of a document\n\nTime over that of graphql's \`validate\`; target: at most 0.5.\n\n${table(['document', 'times validate', 'quartiles'], rows)}`
}

async function measureGrowth() {
  const { auth, schema } = ourSchema()
  const [small, large] = [parse(flatQuery(1000)), parse(flatQuery(10_000))]
  const run = (document) => () => auth.analyze(schema, anew(document)).requiredScopes
  const rows = await measurePaired(
    { 1000: run(small), 10000: run(large) },
    { reference: '1000', rounds, milliseconds: 60 },
  )
  const { ratio, low, high } = rows.find((row) => row.name === '10000')
  return `Analysis of 10,000 selections over that of 1,000: ${(1 / ratio).toFixed(1)} times (${(1 / high).toFixed(1)}-${(1 / low).toFixed(1)}); target: at most 12.`
}

function measureAmplification() {
  const auth = createAuth({ token })
  const schema = auth.apply(buildSchema(`${auth.typeDefs} type Query { start: T @auth } type T { id: ID next: T }`))
  const document = parse(amplified(24))
  const times = Array.from({ length: 11 }, () => {
    const began = performance.now()
    if (auth.analyze(schema, anew(document)).refused) throw new Error('refused')
    return performance.now() - began
  })
  times.sort((a, b) => a - b)
  return `A document whose fragments unfold to 2^24 fields: ${times[5].toFixed(2)} ms (the slowest of 11: ${times.at(-1).toFixed(2)} ms); target: less than 50 ms.`
}

/** Whole builds in turns: each takes long enough to be timed alone. */
function measureBuild() {
  const auth = createAuth({ token })
  const [ours, plain] = [`${auth.typeDefs} ${largeSdl(TYPES)}`, `${AUTH_SDL} ${largeSdl(TYPES)}`]
  const fields = { '*': rule({ cache: 'contextual' })(() => true) }
  const rules = Object.fromEntries(Array.from({ length: TYPES }, (_, at) => [`T${at}`, fields]))
  const builds = {
    'no auth': () => buildSchema(ours),
    scopewise: () => auth.apply(buildSchema(ours)),
    'mapSchema recipe': () => mapped(buildSchema(plain), { isAsync: false }),
    'graphql-shield': () => applyMiddleware(buildSchema(plain), shield(rules)),
  }
  const times = Object.fromEntries(Object.keys(builds).map((name) => [name, []]))
  for (let round = 0; round < 6; round++)
    for (const [name, build] of Object.entries(builds)) {
      globalThis.gc?.()
      const began = performance.now()
      build()
      // The first two are the compiler's.
      if (round > 1) times[name].push(performance.now() - began)
    }
  const median = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)]
  const rows = Object.entries(times).map(([name, own]) => {
    const extra = own.map((time, round) => time / times['no auth'][round] - 1)
    return [name, `+${median(extra).toFixed(2)}`, median(own).toFixed(0)]
  })
  return `## Building a schema of ${TYPES} types\n\nTime beyond \`buildSchema\` alone, as a part of it; target: at most +0.10.\n\n${table(['', 'extra', 'ms in all'], rows)}`
}

export async function measureAnalysis() {
  return [await measureFirst(), await measureGrowth(), measureAmplification(), measureBuild()].join('\n\n')
}
