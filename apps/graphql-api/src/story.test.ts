import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { parseEnvironment } from './settings/environment.js'
import { type Running, start } from './start.js'
import { findChromium } from './testing/chromium.js'

const executablePath = findChromium()
const HOW_TO_GET_ONE = 'no Chromium here: `apt-get install chromium`, or name one in CHROMIUM_PATH'
if (!executablePath) process.stderr.write(`\nSKIPPED, the story in a real browser: ${HOW_TO_GET_ONE}\n\n`)

describe.skipIf(!executablePath)(executablePath ? 'the page' : `the page (${HOW_TO_GET_ONE})`, () => {
  let browser: Browser
  let directory: string
  let running: Running
  let context: BrowserContext
  let page: Page
  const complaints: string[] = []

  beforeAll(async () => {
    browser = await chromium.launch({ ...(executablePath && { executablePath }), args: ['--no-sandbox'] })
  })
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'scopewise-story-'))
    running = await start({
      settings: parseEnvironment({ PORT: '0', DATA_DIR: directory }),
      publicDir: fileURLToPath(new URL('../dist/public', import.meta.url)),
    })
    context = await browser.newContext({ viewport: { width: 390, height: 800 }, locale: 'en' })
    page = await context.newPage()
    page.setDefaultTimeout(10_000)
    complaints.length = 0
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('console', (message) => {
      // That the API refuses is part of the story; anything else that a console tells is not.
      if (message.type() === 'error' && !/status of 40[13]/.test(message.text())) complaints.push(message.text())
    })
    await page.goto(running.origins.api)
  })
  afterEach(async () => {
    await context.close()
    await running.close()
    await rm(directory, { recursive: true })
  })
  afterAll(() => browser?.close())

  const press = (name: string) => page.getByRole('button', { name, exact: true }).first().click()
  const choose = (sample: string) => page.locator('#samples').getByText(sample, { exact: true }).click()
  const sees = (text: string) => page.getByText(text, { exact: true }).first().waitFor()
  const scopes = () => page.locator('#token .chips li').allTextContents()
  const signIn = async (username: string, password: string) => {
    await page.getByLabel('Username').fill(username)
    await page.getByLabel('Password').fill(password)
    await press('Sign in')
  }
  const signInAsReader = async () => {
    await press('Sign in')
    await signIn('reader', 'reader-demo')
    await press('Allow')
    await sees('Rea Reader')
  }

  it('tells the whole story: from a wrong password to the users that only an administrator sees', async () => {
    await press('Sign in')
    await signIn('reader', 'wrong')
    expect(await page.getByRole('alert').textContent()).toContain('not right')
    expect(await page.getByLabel('Username').inputValue()).toBe('reader')
    await signIn('reader', 'reader-demo')
    expect(await page.getByRole('main').textContent()).toContain(new URL(running.origins.api).host)

    await press('Deny')
    await sees('You said no, so nothing was shared. You can sign in whenever you like.')
    await press('Sign in')
    await press('Allow')
    await sees('Rea Reader')
    expect(await scopes()).toEqual(['openid', 'profile', 'notes:read'])

    await choose('notes')
    await sees('200')
    expect(await page.locator('#answer').textContent()).toContain('"title"')

    await choose('users')
    await sees('403 refused')
    expect(await page.locator('.refusal').textContent()).toMatch(/Query\.users.*users:read, or admin/)
    expect(await page.locator('.missing li').allTextContents()).toEqual(['users:read'])
    await press('Ask for users:read')
    await sees('Not with this account')
    await press('Use another account')
    await signIn('admin', 'admin-demo')
    await press('Allow')
    await sees('Your token has users:read now, and the operation ran again.')
    await sees('200')
    expect(await page.locator('#answer').textContent()).toContain('"Rea Reader"')
    expect(await scopes()).toContain('users:read')

    await press('Sign out')
    await sees('You are signed out.')
    await page.reload()
    await sees('You are not signed in')
    expect(complaints).toEqual([])
  })

  it('says what the account can’t grant, and lets somebody else sign in', async () => {
    await signInAsReader()
    await choose('auditLog')
    await press('Ask for admin and audit:read')
    await press('Allow')
    await page.getByRole('button', { name: 'Sign in as somebody else' }).waitFor()
    expect(await page.locator('.refusal').textContent()).toContain('Rea Reader can’t allow admin or audit:read')
    await press('Sign in as somebody else')
    await signIn('admin', 'admin-demo')
    await press('Allow')
    await sees('Ada Admin')
    await sees('200')
    expect(complaints).toEqual([])
  })

  it('keeps the token that was there when more is denied', async () => {
    await signInAsReader()
    await choose('createNote')
    await press('Ask for notes:write')
    await press('Deny')
    await sees('You said no, so your token stays as it was.')
    expect(await scopes()).toEqual(['openid', 'profile', 'notes:read'])
  })

  it('signs in again after a reload, once, and keeps what is typed', async () => {
    await signInAsReader()
    await page.getByLabel('Query').fill('{ me { name } }')
    await page.reload()
    await sees('Rea Reader')
    expect(await page.getByLabel('Query').inputValue()).toBe('{ me { name } }')
    await page.getByLabel('Query').press('Control+Enter')
    await sees('200')

    // The session ends elsewhere: the next reload asks once, and then shows the button.
    await context.clearCookies()
    await page.reload()
    await sees('Your session has ended. Sign in again to go on.')
    await page.reload()
    await sees('You are not signed in')
    expect(complaints).toEqual([])
  })

  it('fetches a new token when the old one is about to end, and runs what was asked', async () => {
    await signInAsReader()
    await page.clock.setFixedTime(Date.now() + 270_000)
    const asked = page.waitForRequest(/\/authorize\?.*prompt=none/)
    await choose('me')
    await asked
    await sees('200')
    expect(await page.locator('#answer').textContent()).toContain('"Rea Reader"')
    expect(complaints).toEqual([])
  })

  it('keeps tokens and codes out of storage, cookies and addresses', async () => {
    await signInAsReader()
    const kept = await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }) + document.cookie)
    expect(kept).not.toMatch(/eyJ|verifier|code/)
    expect(await page.evaluate(() => localStorage.length)).toBe(0)
    expect(page.url()).toBe(`${running.origins.api}/`)
  })

  it.each(['light', 'dark'] as const)('fits a narrow phone and a double zoom in %s', async (colorScheme) => {
    await page.emulateMedia({ colorScheme })
    await page.setViewportSize({ width: 320, height: 640 })
    const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    await choose('internalNote')
    await sees('401 refused')
    expect(await overflow()).toBeLessThanOrEqual(0)
    await press('Sign in')
    expect(await overflow()).toBeLessThanOrEqual(0)
    await signIn('reader', 'reader-demo')
    await page.getByRole('button', { name: 'Allow' }).waitFor()
    expect(await overflow()).toBeLessThanOrEqual(0)
  })

  it('gives every control 44 pixels and a name', async () => {
    const small = () =>
      page.locator('button, a, summary, input:not([type=hidden]), textarea').evaluateAll((controls) =>
        controls
          .filter((control) => control.checkVisibility())
          .map((control) => ({ text: control.textContent, height: control.getBoundingClientRect().height }))
          .filter(({ height }) => height < 44),
      )
    await choose('notes')
    await sees('401 refused')
    expect(await small()).toEqual([])
    await press('Sign in')
    await page.getByLabel('Password').waitFor()
    expect(await small()).toEqual([])
    await signIn('reader', 'reader-demo')
    await page.getByRole('button', { name: 'Allow' }).waitFor()
    expect(await small()).toEqual([])
  })
})
