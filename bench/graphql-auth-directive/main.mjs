// What the directives cost, against no auth at all and against named peers.
import { cpSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { writeResults } from '../lib/results.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))
const packages = fileURLToPath(new URL('../../packages', import.meta.url))

// graphql refuses a schema made by another copy of itself: ours is copied here, where it finds the one that the peers use.
for (const name of ['token-core', 'graphql-auth-directive']) {
  const target = join(here, 'node_modules', '@scopewise', name)
  rmSync(target, { recursive: true, force: true })
  mkdirSync(target, { recursive: true })
  for (const part of ['package.json', 'dist'])
    cpSync(join(packages, name, part), join(target, part), { recursive: true })
}

const { measureExecution } = await import('./execution.mjs')
const { measureAnalysis } = await import('./analysis.mjs')
const { measureHttp } = await import('./http.mjs')

const sections = []
const wanted = process.env.BENCH_ONLY?.split(',') ?? ['analysis', 'execution', 'http']
if (wanted.includes('execution')) sections.push(await measureExecution())
if (wanted.includes('analysis')) sections.push(await measureAnalysis())
if (wanted.includes('http')) sections.push(await measureHttp())
writeResults('graphql-auth-directive', sections.join('\n\n'))
process.exit(0)
