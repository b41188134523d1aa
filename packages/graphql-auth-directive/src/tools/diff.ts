/** What a change of a schema does to its protection. */
import type { GraphQLSchema } from 'graphql'
import type { Rule } from '../directive.js'
import { writeRule } from '../lock/write-rule.js'
import { compareRules } from './compare.js'
import { type AnyAuth, type Demand, type Demands, demandsOf } from './demands.js'

/**
 * What became of an element. `public`: it demanded something and demands nothing now; `weaker`, `stronger`: more, or
 * fewer, tokens are let through; `changed`: some more and some others fewer; `new` and `removed`: the element itself.
 */
export type ChangeKind = 'public' | 'weaker' | 'changed' | 'stronger' | 'new' | 'removed'

/** One element whose protection is not what it was. */
export interface Change {
  readonly coordinate: string
  readonly kind: ChangeKind
  /** `error` for what became public, `warning` for what else lets more through than it did, `note` for the rest. */
  readonly severity: 'error' | 'warning' | 'note'
  /** The directives that apply, such as `@auth(scope: ["notes:read"])`; empty for none. */
  readonly before: string
  readonly after: string
  readonly message: string
}

/** What a change does. */
export interface Diff {
  /** The most severe first, then in the order of the schema. */
  readonly changes: readonly Change[]
  readonly counts: Readonly<Record<ChangeKind, number>>
  /** One sentence, such as "This change makes 3 fields public and 1 weaker." */
  readonly summary: string
}

const SEVERITY = {
  public: 'error',
  weaker: 'warning',
  changed: 'warning',
  stronger: 'note',
  new: 'note',
  removed: 'note',
} as const satisfies Record<ChangeKind, Change['severity']>
const ORDER = Object.keys(SEVERITY)

/**
 * Compares two versions of a schema, field by field with all that selecting it charges, and input by input.
 * Policies are compared by name: what a predicate does can't be seen.
 * @throws {AuthDirectiveError} invalid_schema
 */
export function diff(auth: AnyAuth, before: GraphQLSchema, after: GraphQLSchema): Diff {
  const { indexOf, settings } = auth['~inside']
  const compare = ({ rules: old }: Demand, { rules: now }: Demand): ChangeKind | undefined => {
    const comparison = compareRules(old, now, settings.scopes.closure)
    if (comparison === 'equal') return undefined
    if (comparison === 'different') return 'changed'
    return comparison === 'weaker' && now.length === 0 ? 'public' : comparison
  }
  const write = (demand: Demand | undefined): string =>
    (demand?.rules ?? []).map((rule: Rule) => writeRule(rule, settings.names)).join(' ')
  const found = listChanges(demandsOf(indexOf(before)), demandsOf(indexOf(after)), compare)
  const changes = found
    .map(({ coordinate, kind, old, now }): Change => {
      const texts = { before: write(old), after: write(now) }
      return { coordinate, kind, severity: SEVERITY[kind], ...texts, message: messageOf(coordinate, kind, texts) }
    })
    .sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind))
  const counts = { public: 0, weaker: 0, changed: 0, stronger: 0, new: 0, removed: 0 }
  for (const { kind } of changes) counts[kind]++
  return { changes, counts, summary: summarize(counts) }
}

interface Found {
  readonly coordinate: string
  readonly kind: ChangeKind
  readonly old: Demand | undefined
  readonly now: Demand | undefined
}

type Compare = (old: Demand, now: Demand) => ChangeKind | undefined

function listChanges(before: Demands, after: Demands, compare: Compare): readonly Found[] {
  const fields = listOf(before.fields, after.fields, compare)
  const inputs = listOf(before.inputs, after.inputs, compare)
  // An input without a directive comes and goes without touching anybody.
  return [...fields, ...inputs.filter(({ old, now }) => (old && now) || [old, now].some((one) => one?.rules.length))]
}

function listOf(
  before: ReadonlyMap<string, Demand>,
  after: ReadonlyMap<string, Demand>,
  compare: Compare,
): readonly Found[] {
  const current = [...after].flatMap(([coordinate, now]): Found[] => {
    const old = before.get(coordinate)
    const kind = old ? compare(old, now) : 'new'
    return kind ? [{ coordinate, kind, old, now }] : []
  })
  const removed = [...before].flatMap(([coordinate, old]): Found[] =>
    after.has(coordinate) ? [] : [{ coordinate, kind: 'removed', old, now: undefined }],
  )
  return [...current, ...removed]
}

function messageOf(coordinate: string, kind: ChangeKind, { before, after }: Pick<Change, 'before' | 'after'>): string {
  switch (kind) {
    case 'public':
      return `${coordinate} demanded ${before} and demands nothing now.`
    case 'weaker':
      return `${coordinate} demanded ${before} and lets more tokens through with ${after}.`
    case 'changed':
      return `${coordinate} demanded ${before} and lets other tokens through with ${after}.`
    case 'stronger':
      return `${coordinate} demanded ${before || 'nothing'} and demands ${after} now.`
    case 'new':
      return `${coordinate} is new and demands ${after || 'nothing'}.`
    case 'removed':
      return `${coordinate} is gone.`
  }
}

const SAID = [
  ['public', 'public'],
  ['weaker', 'weaker'],
  ['changed', 'open to other tokens'],
  ['stronger', 'stronger'],
] as const

function summarize(counts: Diff['counts']): string {
  const made = SAID.filter(([kind]) => counts[kind] > 0).map(([kind, word]) => ({ count: counts[kind], word }))
  const first = made.map(({ count, word }, at) => `${at === 0 ? elements(count) : count} ${word}`)
  const parts = [
    first.length > 0 && `makes ${listWords(first)}`,
    counts.new > 0 && `adds ${elements(counts.new)}`,
    counts.removed > 0 && `removes ${elements(counts.removed)}`,
  ].filter((part) => typeof part === 'string')
  return parts.length > 0 ? `This change ${listWords(parts)}.` : 'This change leaves the protection as it is.'
}

const elements = (count: number): string => (count === 1 ? '1 field' : `${count} fields`)

const listWords = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
