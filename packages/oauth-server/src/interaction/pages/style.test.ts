import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { STYLE, STYLE_HASH } from './style.js'

const [light = '', dark = ''] = STYLE.split('@media(prefers-color-scheme:dark)')

describe('the style sheet', () => {
  it('is what the content security policy allows', () => {
    expect(STYLE_HASH).toBe(`sha256-${createHash('sha256').update(STYLE).digest('base64')}`)
  })

  it('stays small and loads nothing', () => {
    expect(STYLE.length).toBeLessThan(5120)
    expect(STYLE).not.toMatch(/url\(|@import|<\//)
  })

  describe.each([
    ['light', palette(light)],
    ['dark', palette(dark.slice(0, dark.indexOf('}}')))],
  ])('in %s', (_, color) => {
    // WCAG 2.2 SC 1.4.3: text 4.5:1.
    it.each([
      ['text', 'card'],
      ['quiet', 'card'],
      ['accent', 'card'],
      ['hover', 'card'],
      ['accent', 'tint'],
      ['on-accent', 'accent'],
      ['on-accent', 'hover'],
      ['bad', 'bad-tint'],
      ['bad', 'card'],
    ])('%s can be read on %s', (front, back) => {
      expect(contrast(color(front), color(back))).toBeGreaterThanOrEqual(4.5)
    })

    // WCAG 2.2 SC 1.4.11: the edge of a control 3:1.
    it('the edge of a field can be seen', () => {
      expect(contrast(color('edge'), color('card'))).toBeGreaterThanOrEqual(3)
    })
  })
})

function palette(css: string): (name: string) => string {
  const colors = new Map(
    [...css.matchAll(/--([\w-]+):#([0-9a-f]{3,6})/g)].map(([, name, value]) => [name, value ?? '']),
  )
  return (name) => colors.get(name) ?? expect.fail(`no color ${name}`)
}

function contrast(a: string, b: string): number {
  const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y)
  return (high + 0.05) / (low + 0.05)
}

function luminance(color: string): number {
  const six = color.length === 3 ? [...color].map((digit) => digit + digit).join('') : color
  const [red = 0, green = 0, blue = 0] = [0, 2, 4].map((at) => {
    const channel = Number.parseInt(six.slice(at, at + 2), 16) / 255
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
