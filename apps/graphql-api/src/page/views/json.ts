import { make } from '../dom.js'

/** A key, a string, or a literal in what JSON.stringify wrote. */
const TOKEN = /("(?:\\.|[^"\\])*")(\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g

/** Shows a value as indented JSON with its keys and values told apart by color. */
export function showJson(value: unknown): DocumentFragment {
  const text = typeof value === 'string' ? value : JSON.stringify(value, null, 2)
  const fragment = document.createDocumentFragment()
  let at = 0
  for (const match of text.matchAll(TOKEN)) {
    const [whole, string, colon] = match
    fragment.append(text.slice(at, match.index))
    const style = string === undefined ? 'literal' : colon === undefined ? 'string' : 'key'
    fragment.append(make('span', { class: style }, string ?? whole), colon ?? '')
    at = match.index + whole.length
  }
  fragment.append(text.slice(at))
  return fragment
}
