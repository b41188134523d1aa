import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Prints what was measured and keeps it in `bench/results/NAME.md`, with the command, the machine and the date. */
export function writeResults(name, markdown) {
  const folder = fileURLToPath(new URL('../results', import.meta.url))
  const [{ model }] = cpus()
  const text = `# ${name}

\`npm run bench -- ${name}\`, Node ${process.versions.node}, ${cpus().length} x ${model.trim()}, ${new Date().toISOString().slice(0, 10)}.

${markdown}
`
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, `${name}.md`), text)
  console.log(text)
}
