const TEXT = Symbol('html')

/** Markup that is safe to send: only {@link html} makes it, and it escapes every string that it is given. */
export interface Html {
  readonly [TEXT]: string
}

type Value = string | Html | readonly Html[] | undefined

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Characters that no text of ours needs and that parsers treat in surprising ways: controls and halves of a character. */
const UNSAFE = /(?![\t\n\r])[\p{Cc}\p{Cs}]/gu

/** Marks that turn the direction of what follows them, also beyond their own text. Unicode UAX #9. */
const DIRECTION_MARKS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/** Builds markup: what stands in the template is trusted, what is put into it is text. */
export function html(template: TemplateStringsArray, ...values: readonly Value[]): Html {
  let text = ''
  for (const [index, part] of template.entries()) text += part + render(values[index])
  return { [TEXT]: text }
}

/** The markup as the string to send. */
export const toText = (markup: Html): string => markup[TEXT]

/** A name that somebody else chose, kept from turning the direction of the words around it. */
export const isolated = (name: string): Html => html`<bdi>${name.replace(DIRECTION_MARKS, '')}</bdi>`

/** The same for places that hold no elements, such as a title. */
export const withoutMarks = (name: string): string => name.replace(DIRECTION_MARKS, '')

/** Trusts a constant of ours as it stands. Never for anything that came from outside. */
export const trusted = (constant: string): Html => ({ [TEXT]: constant })

function render(value: Value): string {
  if (value === undefined) return ''
  if (typeof value === 'string') return escapeText(value)
  return TEXT in value ? value[TEXT] : value.map(toText).join('')
}

// Correct in element content and in quoted attributes, the only places that templates here put text into.
const escapeText = (text: string): string =>
  text.replace(UNSAFE, '\ufffd').replace(/[&<>"']/g, (found) => ENTITIES[found] ?? '')
