import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { chromium } from 'playwright-core'
import { findChromium, HOW_TO_GET_ONE } from '../chromium.mjs'

/** Serves the bundle to a page on loopback, which is a secure context, and reads its result. */
export async function runInChromium(bundle) {
  const executablePath = findChromium()
  if (!executablePath) throw new Error(HOW_TO_GET_ONE)
  const server = createServer((request, response) => {
    const isScript = request.url === '/suite.mjs'
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
    response.end(isScript ? readFileSync(bundle) : '<!doctype html><script type="module" src="/suite.mjs"></script>')
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  try {
    const page = await browser.newPage()
    page.setDefaultTimeout(900_000)
    const broken = new Promise((_, reject) => page.once('pageerror', reject))
    broken.catch(() => undefined)
    await page.goto(`http://127.0.0.1:${server.address().port}/`)
    const done = page.waitForFunction(() => 'result' in globalThis).then(() => page.evaluate(() => globalThis.result))
    return await Promise.race([done, broken])
  } finally {
    await browser.close()
    server.close()
  }
}
