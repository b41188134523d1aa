// The gates beside the tests. Each says what it inspected; one that inspected nothing has failed. `npm run gates -- lint` runs those whose name holds the word.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { root } from './prepare.mjs'

const packages = readdirSync(join(root, 'packages')).map((name) => ({ name, dir: join(root, 'packages', name) }))
const bin = (name) => join(root, 'node_modules', '.bin', name)

/** Runs a tool to its end: `{ ok, output }`. */
function tool(name, args, { cwd = root, env = {} } = {}) {
  const { status, stdout, stderr } = spawnSync(bin(name), args, {
    cwd,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    shell: process.platform === 'win32',
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0', TURBO_TELEMETRY_DISABLED: '1', ...env },
  })
  return { ok: status === 0, output: `${stdout}${stderr}`, stdout }
}

/** As {@link tool}, for a script of this repository. */
function script(path, args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [path, ...args], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  return { ok: status === 0, output: `${stdout}${stderr}`, stdout }
}

/** Those on which vitest itself does not run the suite already; `npm run test:runtimes` knows more. They are installed on demand. */
const RUNTIMES = ['node24', 'bun', 'deno', 'workerd']

const count = (text, pattern) => Number(pattern.exec(text)?.[1] ?? 0)

/** A gate that runs one tool on each package: inspected is the number of packages it finished on. */
function perPackage(check) {
  const results = packages.map((pkg) => ({ pkg, ...check(pkg) }))
  const failed = results.filter((result) => !result.ok)
  return {
    ok: failed.length === 0,
    inspected: results.length,
    output: failed.map((result) => `${result.pkg.name}\n${result.output}`).join('\n'),
  }
}

const gates = [
  {
    name: 'build: every package from its sources',
    run() {
      const result = tool('turbo', ['run', 'build', '--force', '--output-logs=errors-only'])
      return { ...result, inspected: count(result.output, /Tasks:\s+(\d+) successful/) }
    },
  },
  {
    name: 'format and lint: biome',
    run() {
      const result = tool('biome', ['ci', '--colors=off', '.'])
      return { ...result, inspected: count(result.output, /Checked (\d+) files?/) }
    },
  },
  {
    name: 'typed lint, import boundaries, sizes of files and functions: eslint',
    run() {
      const result = tool('eslint', ['.', '--format', 'json', '--max-warnings', '0'])
      const files = result.stdout.startsWith('[') ? JSON.parse(result.stdout) : []
      const problems = files.flatMap((file) =>
        file.messages.map((m) => `${file.filePath}:${m.line} ${m.message} (${m.ruleId})`),
      )
      return { ok: result.ok, inspected: files.length, output: files.length ? problems.join('\n') : result.output }
    },
  },
  {
    name: 'typecheck: sources, type tests, workspace tests',
    run() {
      const sources = tool('turbo', ['run', 'typecheck', '--output-logs=errors-only'])
      const tests = tool('tsc', ['-p', 'tests'])
      return {
        ok: sources.ok && tests.ok,
        inspected: count(sources.output, /Tasks:\s+(\d+) successful/),
        output: `${sources.output}\n${tests.output}`,
      }
    },
  },
  { name: 'publint', run: () => perPackage((pkg) => tool('publint', ['--strict'], { cwd: pkg.dir })) },
  {
    name: 'attw: types resolve as they are published',
    run: () =>
      perPackage((pkg) => {
        const manifest = JSON.parse(readFileSync(join(pkg.dir, 'package.json'), 'utf8'))
        // A dual package is promised for node16 resolution and newer; the others are ESM only.
        const profile = JSON.stringify(manifest.exports).includes('"require"') ? 'node16' : 'esm-only'
        return tool('attw', ['--pack', '.', '--profile', profile, '--no-emoji'], { cwd: pkg.dir })
      }),
  },
  {
    name: 'unused files, exports and dependencies: knip',
    run() {
      const result = tool('knip', ['--no-progress'])
      return { ...result, inspected: existsSync(join(root, 'knip.json')) ? packages.length : 0 }
    },
  },
  {
    name: 'bundle budgets: size-limit',
    run() {
      const result = tool('size-limit', ['--json'])
      const rows = result.stdout.trim().startsWith('[') ? JSON.parse(result.stdout) : []
      const over = rows.filter((row) => !row.passed).map((row) => `${row.name}: ${row.size} B of ${row.sizeLimit} B`)
      for (const row of rows) console.log(`    ${row.name}: ${row.size} B`)
      return { ok: result.ok && over.length === 0, inspected: rows.length, output: over.join('\n') || result.output }
    },
  },
  {
    name: `runtimes: the suite on ${RUNTIMES.join(', ')}`,
    run() {
      const result = script('tests/runtimes/main.mjs', RUNTIMES)
      for (const line of result.stdout.match(/^\w+ +\d+ passed, .*$/gm) ?? []) console.log(`    ${line}`)
      const [, passed, skipped] = /^(\d+) passed, \d+ failed, (\d+) skipped$/m.exec(result.stdout) ?? []
      return { ...result, ok: result.ok && skipped === '0', inspected: Number(passed ?? 0) }
    },
  },
]

/** Runs the gates whose name holds `word`, prints a line for each, and returns the counts. */
export function runGates(word = '') {
  const counts = { passed: 0, failed: 0 }
  for (const gate of gates.filter(({ name }) => name.includes(word))) {
    const began = Date.now()
    const { ok, inspected, output } = gate.run()
    const passed = ok && inspected > 0
    counts[passed ? 'passed' : 'failed'] += 1
    console.log(
      `${passed ? 'pass' : 'FAIL'}  ${gate.name} (${inspected} inspected, ${((Date.now() - began) / 1000).toFixed(1)} s)`,
    )
    if (!passed) console.log(inspected > 0 ? output : `It inspected nothing.\n${output}`)
  }
  return counts
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { passed, failed } = runGates(process.argv[2])
  console.log(`${passed} passed, ${failed} failed`)
  process.exitCode = failed === 0 && passed > 0 ? 0 : 1
}
