// What CI runs: a clean install through the README's test command, then every gate, then one counted line.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { root, run } from './prepare.mjs'

const isCi = Boolean(process.env.CI)
const scratch = mkdtempSync(join(tmpdir(), 'scopewise-ci-'))
const report = join(scratch, 'tests.json')

rmSync(join(root, 'node_modules'), { recursive: true, force: true })
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
const testsExit = await run(
  npm,
  ['test', '--', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
  {
    shell: process.platform === 'win32',
  },
)

const tests = countTests()
// The gates' tools are installed by the command above, so they are loaded only now.
const { runGates } = await import('./gates.mjs')
const gates = tests.ran === 0 ? { passed: 0, failed: 1 } : runGates()

for (const skip of tests.skips) console.log(`${isCi ? 'FAIL' : 'skip'}  ${skip}`)
const failed = tests.failed + gates.failed + (isCi ? tests.skips.length : 0)
const skipped = isCi ? 0 : tests.skips.length
rmSync(scratch, { recursive: true, force: true })
console.log(`${tests.passed + gates.passed} passed, ${failed} failed, ${skipped} skipped`)
process.exitCode = failed === 0 ? 0 : 1

/** Reads vitest's report. A run without a report, without a test, or with an error outside the tests counts as a failure. */
function countTests() {
  const counts = { ran: 0, passed: 0, failed: 0, skips: [] }
  let files = []
  try {
    files = JSON.parse(readFileSync(report, 'utf8')).testResults
  } catch {
    console.log('FAIL  the tests left no report')
  }
  for (const file of files) {
    const where = relative(root, file.name)
    if (file.status === 'failed' && file.assertionResults.length === 0) counts.failed += 1
    for (const test of file.assertionResults) {
      counts.ran += 1
      if (test.status === 'passed') counts.passed += 1
      else if (test.status === 'failed') counts.failed += 1
      else counts.skips.push(`${where}: ${test.fullName}`)
    }
  }
  if (testsExit !== 0 && counts.failed === 0) {
    console.log(`FAIL  npm test ended with ${testsExit}`)
    counts.failed += 1
  }
  return counts
}
