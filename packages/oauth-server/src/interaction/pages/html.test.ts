import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { html, isolated, toText } from './html.js'

describe('html', () => {
  it('AZ-28 escapes what is put into it and leaves the template alone', () => {
    expect(toText(html`<a title="${'"><script>'}">${"<b>&'"}</a>`)).toBe(
      '<a title="&quot;&gt;&lt;script&gt;">&lt;b&gt;&amp;&#39;</a>',
    )
  })

  it('puts markup and lists of markup in as they are, and undefined as nothing', () => {
    const items = ['a', '<'].map((text) => html`<li>${text}</li>`)
    expect(toText(html`<ul>${items}</ul>${undefined}`)).toBe('<ul><li>a</li><li>&lt;</li></ul>')
  })

  it('AZ-28 turns control characters and halves of a character into the replacement character', () => {
    expect(toText(html`${'a\0b\u001bc\ud800d\u0085e'}`)).toBe('a\ufffdb\ufffdc\ufffdd\ufffde')
  })

  it('AZ-28 lets no text end the element or the attribute that it stands in', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const made = toText(html`${text}`)
        expect(made).not.toMatch(/[<>"']/)
        expect(made.replace(/&(amp|lt|gt|quot|#39);/g, '')).not.toContain('&')
        expect(made).not.toMatch(/\p{Cs}/u)
      }),
    )
  })

  it('keeps a name from turning the words around it', () => {
    expect(toText(isolated('a\u202eb\u2067c'))).toBe('<bdi>abc</bdi>')
  })
})
