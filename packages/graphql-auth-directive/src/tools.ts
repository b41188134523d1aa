/** Tools for schemas and operations: in tests, in CI and at build time. */
export { type Coverage, type CoveredField, coverage } from './tools/coverage.js'
export type { AnyAuth, Protection } from './tools/demands.js'
export { type Change, type ChangeKind, type Diff, diff } from './tools/diff.js'
export { type Explanation, explain, type Reason } from './tools/explain.js'
export { compareLock, lock } from './tools/lock.js'
export { hashDocument, type Manifest, type ManifestEntry, manifest } from './tools/manifest.js'
export { normalizeDocument } from './tools/normalize.js'
