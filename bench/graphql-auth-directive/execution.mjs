// Execution with an analysis that is cached, in one process and in turns.
import { envelop, useEngine, useSchema } from '@envelop/core'
import { useGenericAuth } from '@envelop/generic-auth'
import { execute, parse, specifiedRules, validate } from 'graphql'
import { measurePaired, table } from '../lib/paired.mjs'
import {
  bareSchema,
  createRealm,
  envelopSchema,
  ITEMS,
  LEAVES,
  mappedSchema,
  ourSchema,
  QUERIES,
  shieldSchema,
  WIDTH,
} from './schemas.mjs'

const { verifier, issue } = await createRealm('ES256')
const verified = await verifier.verify(await issue())
const scope = ['items:read']

/** Execution by envelop: what it adds itself is a contender of its own. */
function withEnvelop(schema, plugins, document) {
  const getEnveloped = envelop({
    plugins: [useEngine({ parse, validate, execute, specifiedRules }), useSchema(schema), ...plugins],
  })
  return async () => {
    const { execute: run, contextFactory } = getEnveloped({})
    return run({ schema, document, contextValue: await contextFactory() })
  }
}

function contenders(query) {
  const document = parse(query)
  const [bare, { auth, schema: ours }] = [bareSchema(), ourSchema()]
  const [shielded, recipe, asyncRecipe] = [
    shieldSchema(),
    mappedSchema({ isAsync: false }),
    mappedSchema({ isAsync: true }),
  ]
  const user = async () => ({ scope })
  return {
    'no auth': () => execute({ schema: bare, document, contextValue: {} }),
    scopewise: () => {
      const contextValue = {}
      const analysis = auth.analyze(ours, document)
      if (!auth.check(analysis, verified, { context: contextValue }).isAllowed) throw new Error('denied')
      return auth.finish(execute({ schema: ours, document, contextValue }), analysis, contextValue)
    },
    'mapSchema recipe, user at hand': () => execute({ schema: recipe, document, contextValue: { scope } }),
    'mapSchema recipe, user by promise': () => execute({ schema: asyncRecipe, document, contextValue: { user } }),
    'graphql-shield': () => execute({ schema: shielded, document, contextValue: { scope } }),
    'envelop, no auth': withEnvelop(bare, [], document),
    '@envelop/generic-auth': withEnvelop(
      envelopSchema(),
      [useGenericAuth({ mode: 'protect-granular', resolveUserFn: () => ({ scope }) })],
      document,
    ),
  }
}

/** Each of them must answer the whole, or a refusal would look fast. */
async function refuseWrong(all, expected) {
  for (const [name, run] of Object.entries(all)) {
    const { data, errors } = await run()
    if (errors || JSON.stringify(data).length !== expected)
      throw new Error(`${name} answers ${errors?.[0] ?? 'other data'}`)
  }
}

export async function measureExecution() {
  const parts = []
  for (const [name, title, target] of [
    ['list', `A list of ${ITEMS} x ${LEAVES} leaves`, 'at most 1.03'],
    ['wide', `An object of ${WIDTH} fields`, 'at most 1.10'],
  ]) {
    const all = contenders(QUERIES[name])
    await refuseWrong(all, JSON.stringify((await all['no auth']()).data).length)
    const rows = await measurePaired(all, {
      reference: 'no auth',
      isAsync: true,
      rounds: Number(process.env.BENCH_ROUNDS ?? 31),
      milliseconds: name === 'list' ? 60 : 25,
    })
    const cells = rows.map((row) => [
      row.name,
      (1 / row.ratio).toFixed(2),
      `${(1 / row.high).toFixed(2)}-${(1 / row.low).toFixed(2)}`,
      row.microseconds.toFixed(0),
    ])
    parts.push(
      `## ${title}\n\nTime over that of no auth at all; target: ${target}.\n\n${table(['', 'times no auth', 'quartiles', 'us'], cells)}`,
    )
  }
  parts.push(`What peers do not do here: the recipe and graphql-shield decide field by field while the operation runs, so a denied operation has started resolvers; the recipe, graphql-shield and generic-auth verify no token (they are
given scopes; so is ours here). generic-auth looks at the type a field is selected on, not at those that may stand behind an interface. None of them says which scopes an operation needs.`)
  return parts.join('\n\n')
}
