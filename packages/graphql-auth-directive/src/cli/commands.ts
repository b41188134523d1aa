/** The commands: one row each. */
import { readFile, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { Kind } from 'graphql'
import { coverage } from '../tools/coverage.js'
import { diff } from '../tools/diff.js'
import { explain } from '../tools/explain.js'
import { compareLock, lock } from '../tools/lock.js'
import { manifest } from '../tools/manifest.js'
import { messageOf, UsageError } from './errors.js'
import { createLocator, type Finding, type Place, placeOf } from './findings.js'
import { type Input, loadSchema, loadSchemas, type Outcome, reportProblems } from './input.js'
import { readDocuments } from './load.js'
import { writeAlternatives, writeTable } from './table.js'

/** A command. */
export type Command = (input: Input) => Promise<Outcome>

/** All commands by name. */
export const commands = {
  coverage: runCoverage,
  scopes: runScopes,
  diff: runDiff,
  explain: runExplain,
  lock: runLock,
} as const satisfies Record<string, Command>

async function runCoverage(input: Input): Promise<Outcome> {
  const { min } = input.values
  const least = min === undefined ? undefined : Number(min)
  if (least !== undefined && !(least >= 0 && least <= 100)) throw new UsageError('--min takes a number from 0 to 100.')
  const { auth, schema } = await loadSchema(input)
  const locate = createLocator(schema)
  return reportProblems('schema', locate, () => {
    const result = coverage(auth, schema)
    const isFailed = least !== undefined && result.percentage < least
    const rows = result.fields.map(({ coordinate, protection, requiredScopes, policies, isOpen }) => [
      coordinate,
      protection,
      protection === 'scoped' ? writeAlternatives(requiredScopes) : '',
      policies.join(' '),
      isOpen ? 'anybody' : 'a token',
    ])
    const { counts, percentage } = result
    const totals = Object.entries(counts).map(([name, count]) => `${count} ${name}`)
    const summary = `${percentage} % of ${result.fields.length} fields are decided about: ${totals.join(', ')}.`
    const text = `${writeTable(['field', 'protection', 'scope', 'policy', 'reached by'], rows)}\n\n${summary}`
    const findings = result.fields
      .filter(({ protection }) => protection === 'uncovered')
      .map(
        ({ coordinate, isOpen }): Finding => ({
          rule: 'uncovered',
          level: isFailed ? 'error' : 'warning',
          subject: coordinate,
          message: `${coordinate} carries no directive, and ${isOpen ? 'anybody can reach it' : 'only what leads to it is protected'}. Write @auth or @public on it or on its type.`,
          place: locate(coordinate),
        }),
      )
    return { text, json: result, findings, isFailed }
  })
}

async function runScopes(input: Input): Promise<Outcome> {
  if (input.positionals.length === 0)
    throw new UsageError("Name the files of the operations: scopes 'src/**/*.graphql'.")
  const { auth, schema } = await loadSchema(input)
  const documents = await readDocuments(input.positionals, input.cwd)
  const places = new Map<string, Place | undefined>()
  for (const definition of documents.flatMap((document) => document.definitions))
    if (definition.kind === Kind.OPERATION_DEFINITION || definition.kind === Kind.FRAGMENT_DEFINITION)
      places.set(definition.name?.value ?? 'an anonymous operation', placeOf(definition))
  return reportProblems(
    'document',
    (subject) => places.get(subject),
    async () => {
      const json = await manifest(auth, schema, documents)
      const { out } = input.values
      if (out !== undefined) await writeFile(resolve(input.cwd, out), `${JSON.stringify(json, null, 2)}\n`)
      const entries = Object.values(json.operations)
      const rows = entries.map(({ name, requiredScopes, conditional }) => [
        name ?? '(anonymous)',
        writeAlternatives(requiredScopes),
        conditional ? 'and more, by its variables' : '',
      ])
      const written = out === undefined ? '' : `\n\nWritten to ${out}.`
      return { text: `${writeTable(['operation', 'needs', ''], rows)}${written}`, json, findings: [], isFailed: false }
    },
  )
}

async function runDiff(input: Input): Promise<Outcome> {
  const [old, now, ...more] = input.positionals
  if (old === undefined || now === undefined || more.length > 0)
    throw new UsageError('Name two schemas: diff old.graphql new.graphql.')
  const { auth, before, after } = await loadSchemas(input, [old, now])
  const [locateOld, locate] = [createLocator(before), createLocator(after)]
  return reportProblems(
    'schema',
    (subject) => locate(subject) ?? locateOld(subject),
    () => {
      const result = diff(auth, before, after)
      const rows = result.changes.map(({ severity, kind, coordinate, before: was, after: is }) => [
        severity,
        kind,
        coordinate,
        was || '-',
        is || '-',
      ])
      const table = rows.length > 0 ? `${writeTable(['', 'change', 'element', 'before', 'after'], rows)}\n\n` : ''
      const findings = result.changes.map(({ kind, severity, coordinate, message }): Finding => {
        const place = locate(coordinate) ?? locateOld(coordinate)
        return { rule: kind, level: severity, subject: coordinate, message, place }
      })
      const isFailed = result.changes.some(({ severity }) => severity !== 'note')
      return { text: `${table}${result.summary}`, json: result, findings, isFailed }
    },
  )
}

async function runExplain(input: Input): Promise<Outcome> {
  const [coordinate, ...more] = input.positionals
  if (coordinate === undefined || more.length > 0) throw new UsageError('Name one element: explain Query.notes.')
  const { auth, schema } = await loadSchema(input)
  return reportProblems('schema', createLocator(schema), () => {
    const result = explain(auth, schema, coordinate)
    const rows = result.reasons.map(({ directive, origin, because }) => [directive, origin, because])
    const table = rows.length > 0 ? `\n\n${writeTable(['directive', 'on', 'because'], rows)}` : ''
    const text = `${coordinate} demands ${writeAlternatives(result.requiredScopes)}.${table}`
    return { text, json: result, findings: [], isFailed: false }
  })
}

async function runLock(input: Input): Promise<Outcome> {
  const { check, lock: file = 'auth.lock.json' } = input.values
  const { auth, schema } = await loadSchema(input)
  const locate = createLocator(schema)
  return reportProblems('schema', locate, async () => {
    const json = lock(auth, schema)
    const count = Object.keys(json.elements).length
    if (!check) {
      await writeFile(resolve(input.cwd, file), `${JSON.stringify(json, null, 2)}\n`)
      return { text: `${count} elements written to ${file}.`, json, findings: [], isFailed: false }
    }
    const problems = compareLock(auth, schema, await readLock(file, input.cwd))
    const findings = problems.map(({ coordinate, message }): Finding => {
      const place = locate(coordinate)
      return { rule: 'lock', level: 'error', subject: coordinate, message: `${coordinate}: ${message}`, place }
    })
    const text =
      problems.length > 0
        ? findings.map(({ message }) => message).join('\n')
        : `${count} elements are as ${file} has them.`
    return { text, json: { problems }, findings, isFailed: problems.length > 0 }
  })
}

async function readLock(file: string, cwd: string): Promise<Parameters<typeof compareLock>[2]> {
  try {
    return JSON.parse(await readFile(resolve(cwd, file), 'utf8'))
  } catch (error) {
    throw new UsageError(`${file} can't be read: ${messageOf(error)}`)
  }
}
