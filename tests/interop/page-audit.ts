// What a person needs of a page, measured in a real browser: room, contrast, the keyboard, and names for a screen reader.
import type { CDPSession, Page } from 'playwright-core'

/** Everything that is wrong with the page as it stands, in words. */
export async function audit(page: Page, cdp: CDPSession): Promise<readonly string[]> {
  const layout = await page.evaluate(inspectLayout)
  return [...layout, ...(await inspectNames(cdp)), ...(await inspectKeyboard(page))]
}

/** Runs in the page. WCAG 2.2 SC 1.4.3 (contrast), 1.4.10 (reflow), 2.5.5 (targets), 3.1.1 (language), 2.4.2 (title). */
function inspectLayout(): readonly string[] {
  const findings: string[] = []
  const root = document.documentElement
  const short = (element: Element): string =>
    `<${element.localName}> ${(element.textContent ?? '').trim().slice(0, 40)}`

  if (root.scrollWidth > root.clientWidth)
    findings.push(`scrolls sideways: ${root.scrollWidth} of ${root.clientWidth} px`)
  if (!root.lang) findings.push('has no language')
  if (!document.title.trim()) findings.push('has no title')
  if (document.querySelectorAll('h1').length !== 1) findings.push('has not exactly one heading of the first level')

  /** Any color of CSS as red, green, blue and opacity, 0 to 255: a canvas reads them all. */
  const canvas = Object.assign(document.createElement('canvas'), { width: 1, height: 1 }).getContext('2d')
  const rgba = (color: string): readonly number[] => {
    if (!canvas) return []
    canvas.clearRect(0, 0, 1, 1)
    canvas.fillStyle = color
    canvas.fillRect(0, 0, 1, 1)
    return [...canvas.getImageData(0, 0, 1, 1).data]
  }
  const luminance = (color: readonly number[]): number => {
    const [red = 0, green = 0, blue = 0] = color.map((value) => {
      const channel = value / 255
      return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
  }
  const ground = (element: Element | null): readonly number[] => {
    for (let at = element; at; at = at.parentElement) {
      const color = rgba(getComputedStyle(at).backgroundColor)
      if (color[3] === 255) return color
    }
    return [255, 255, 255, 255]
  }
  const checkContrast = (element: Element): void => {
    const style = getComputedStyle(element)
    const [low = 0, high = 0] = [luminance(rgba(style.color)), luminance(ground(element))].sort((a, b) => a - b)
    const ratio = (high + 0.05) / (low + 0.05)
    if (ratio < 4.5) findings.push(`contrast ${ratio.toFixed(2)}: ${short(element)}`)
  }
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  for (let node = texts.nextNode(); node; node = texts.nextNode()) {
    const { parentElement } = node
    if (parentElement && node.textContent?.trim() && parentElement.getClientRects().length > 0)
      checkContrast(parentElement)
  }
  for (const field of document.querySelectorAll('input:not([type=hidden])')) checkContrast(field)

  for (const control of document.querySelectorAll('button, input:not([type=hidden])')) {
    const { width, height, left, right } = control.getBoundingClientRect()
    if (width < 44 || height < 44)
      findings.push(`target of ${width.toFixed()} x ${height.toFixed()} px: ${short(control)}`)
    if (left < 0 || right > root.clientWidth) findings.push(`leaves the window: ${short(control)}`)
  }
  return findings
}

interface AccessibleNode {
  readonly ignored?: boolean
  readonly role?: { readonly value?: unknown }
  readonly name?: { readonly value?: unknown }
}

const NAMED = ['button', 'textbox', 'heading', 'link', 'RootWebArea']

/** The accessibility tree as a screen reader gets it: every control has a name of its own, and there is one main region. */
async function inspectNames(cdp: CDPSession): Promise<readonly string[]> {
  // `as`: the protocol's own types name more than is read here.
  const { nodes } = (await cdp.send('Accessibility.getFullAXTree')) as { nodes: readonly AccessibleNode[] }
  const seen = nodes.flatMap(({ ignored, role, name }) =>
    ignored ? [] : [{ role: String(role?.value), name: String(name?.value ?? '').trim() }],
  )
  const nameless = seen.filter(({ role, name }) => NAMED.includes(role) && name === '')
  const buttons = seen.filter(({ role }) => role === 'button').map(({ name }) => name)
  const twice = buttons.filter((name, index) => buttons.indexOf(name) !== index)
  return [
    ...nameless.map(({ role }) => `a ${role} without a name`),
    ...twice.map((name) => `two buttons named ${name}`),
    ...(seen.filter(({ role }) => role === 'main').length === 1 ? [] : ['has not exactly one main region']),
  ]
}

/** Goes through the page by the Tab key: every control is reached, in the order of the page, and shows that it has the focus. */
async function inspectKeyboard(page: Page): Promise<readonly string[]> {
  const count = await page.evaluate(() => {
    const controls = [...document.querySelectorAll('button, input:not([type=hidden]), a[href]')]
    for (const [index, control] of controls.entries()) control.setAttribute('data-order', String(index))
    // Where Tab begins: at the start of the document, and not where the focus was.
    const start = Object.assign(document.createElement('span'), { tabIndex: -1 })
    document.body.prepend(start)
    start.focus()
    start.remove()
    return controls.length
  })
  const findings: string[] = []
  for (let expected = 0; expected < count; expected++) {
    await page.keyboard.press('Tab')
    const { order, outline } = await page.evaluate(() => {
      const focused = document.activeElement
      const style = focused && getComputedStyle(focused)
      return {
        order: focused?.getAttribute('data-order') ?? 'nothing',
        outline: style ? style.outlineStyle !== 'none' && Number.parseFloat(style.outlineWidth) >= 2 : false,
      }
    })
    if (order !== String(expected)) findings.push(`Tab ${expected + 1} reaches ${order}`)
    if (!outline) findings.push(`control ${order} does not show the focus`)
  }
  return findings
}
