import { existsSync } from 'node:fs'
import { delimiter, isAbsolute, join } from 'node:path'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

/** Finds a Chromium on this machine: CHROMIUM_PATH, then the usual names on the PATH. */
export function findChromium(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const directories = (environment['PATH'] ?? '').split(delimiter).filter((directory) => directory !== '')
  const wanted = environment['CHROMIUM_PATH']
  return [...(wanted ? [wanted] : []), ...NAMES]
    .flatMap((name) => (isAbsolute(name) ? [name] : directories.map((directory) => join(directory, name))))
    .find((path) => existsSync(path))
}
