import type { Language } from '../../config/pages.js'
import { de } from './de.js'
import { en } from './en.js'
import { type Html, html, isolated, toText, trusted, withoutMarks } from './html.js'
import { STYLE } from './style.js'
import type { Texts } from './texts.js'

const DICTIONARIES: Readonly<Record<Language, Texts>> = { en, de }

export const textsOf = (language: Language): Texts => DICTIONARIES[language]

const STYLE_ELEMENT = trusted(`<style>${STYLE}</style>`)

/** The frame of every page. */
export function page(language: Language, title: string, content: Html): string {
  return toText(html`<!doctype html>
<html lang="${language}" dir="${textsOf(language).dir}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${withoutMarks(title)}</title>
${STYLE_ELEMENT}
</head>
<body>
<main>
${content}
</main>
</body>
</html>
`)
}

export const hiddenFields = (fields: Readonly<Record<string, string>>): Html[] =>
  Object.entries(fields).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)

/** The first letter of a name, as the picture that nobody had to upload. */
export function mark(name: string): Html {
  const letter = /[\p{L}\p{N}]/u.exec(name)?.[0] ?? '·'
  return picture(letter.toUpperCase())
}

export const picture = (sign: string, style: 'mark' | 'mark bad' = 'mark'): Html =>
  html`<p class="${style}" aria-hidden="true">${isolated(sign)}</p>`
