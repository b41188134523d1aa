// Runs bundled test files with vitest's own runner, in any JavaScript runtime, and answers what came out of them.
import { startTests } from '@vitest/runner'

/**
 * @param {Record<string, () => Promise<unknown>>} files test files by name, imported when their turn comes
 * @returns {Promise<{ passed: number, failed: string[], skipped: string[] }>} failures with their messages
 */
export async function runSuite(files) {
  const config = {
    root: '/',
    setupFiles: [],
    passWithNoTests: false,
    testNamePattern: undefined,
    allowOnly: false,
    sequence: { shuffle: false, concurrent: false, seed: 0, hooks: 'stack', setupFiles: 'list' },
    chaiConfig: {},
    maxConcurrency: 5,
    // Bun, Deno and workerd compile as they go, on a machine that does other things: a test is slow, not stuck.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    retry: 0,
    includeTaskLocation: false,
    diffOptions: undefined,
    tags: [],
    strictTags: false,
  }
  const result = { passed: 0, failed: [], skipped: [] }
  for (const [name, load] of Object.entries(files)) {
    const ran = await startTests([name], { config, importFile: load })
    for (const file of ran) count(file, name, result)
  }
  return result
}

function count(task, path, result) {
  const errors = task.result?.errors ?? []
  if (task.type === 'test') {
    if (task.mode === 'skip' || task.mode === 'todo' || task.result?.state === 'skip') result.skipped.push(path)
    else if (task.result?.state === 'pass') result.passed += 1
    else result.failed.push(describeFailure(path, errors))
    return
  }
  // A suite fails by itself when a hook or the import of its file fails.
  if (errors.length > 0) result.failed.push(describeFailure(path, errors))
  for (const child of task.tasks) count(child, `${path} > ${child.name}`, result)
}

const describeFailure = (path, errors) =>
  [path, ...errors.map((error) => error.stack ?? `${error.name}: ${error.message}`)].join('\n    ')
