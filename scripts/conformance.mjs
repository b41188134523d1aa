// Writes docs/conformance.md: each requirement and attack, and the tests that carry its id. `--check` only says whether it is fresh.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const page = join(root, 'docs', 'conformance.md')

const AREAS = {
  token: 'Tokens',
  resource: 'Resource servers',
  client: 'Clients',
  server: 'Authorization server',
  graphql: 'GraphQL',
}

const load = (name) => JSON.parse(readFileSync(join(root, 'tests', 'requirements', name), 'utf8'))

/** id -> the files with a test of that name. */
function findTests() {
  const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.test.ts'], {
    cwd: root,
    encoding: 'utf8',
  })
  const tests = new Map()
  for (const file of files.split('\n').filter(Boolean).sort()) {
    for (const id of new Set(readFileSync(join(root, file), 'utf8').match(/\b[A-Z]{2,4}-\d{2,3}\b/g)))
      tests.set(id, [...(tests.get(id) ?? []), file])
  }
  return tests
}

const cell = (text) => text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('\n', ' ')

function links(files = []) {
  const seen = new Map()
  for (const file of files) {
    const name = file
      .split('/')
      .at(-1)
      .replace(/\.test\.ts$/, '')
    seen.set(file, `[${name}](../${file})`)
  }
  return seen.size > 0 ? [...seen.values()].join(', ') : '-'
}

function table(heading, rows, columns, tests) {
  const head = ['id', ...Object.keys(columns), 'tests']
  const lines = rows.map((row) => [
    row.id,
    ...Object.values(columns).map((of) => cell(of(row))),
    links(tests.get(row.id)),
  ])
  return [
    `## ${heading}`,
    '',
    `| ${head.join(' | ')} |`,
    `|${head.map(() => '---').join('|')}|`,
    ...lines.map((line) => `| ${line.join(' | ')} |`),
    '',
  ].join('\n')
}

function build() {
  const tests = findTests()
  const requirements = load('requirements.json')
  const attacks = load('attacks.json')
  const areas = [...new Set(requirements.map(({ area }) => area))]
  const covered = [...requirements, ...attacks].filter(({ id }) => tests.has(id)).length
  const total = requirements.length + attacks.length
  return [
    '# Conformance',
    '',
    'Each rule that these packages hold themselves to, where it comes from, and the tests that carry its id in their names. Written by `node scripts/conformance.mjs`; a test sees to it that it is fresh.',
    '',
    `${covered} of ${total} have a test. A dash stands where one is still missing.`,
    '',
    ...areas.map((area) =>
      table(
        AREAS[area] ?? area,
        requirements.filter((requirement) => requirement.area === area),
        { level: ({ level }) => level, rule: ({ text }) => text, source: ({ source }) => source },
        tests,
      ),
    ),
    table('Attacks', attacks, { attack: ({ title }) => title, target: ({ target }) => target }, tests),
  ].join('\n')
}

const fresh = build()
if (process.argv.includes('--check')) {
  const isFresh = readFileSync(page, 'utf8') === fresh
  if (!isFresh) console.error('docs/conformance.md is not fresh: run node scripts/conformance.mjs')
  process.exitCode = isFresh ? 0 : 1
} else {
  writeFileSync(page, fresh)
}
