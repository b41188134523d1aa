type Child = Node | string | undefined
type Attributes = Readonly<Record<string, string | boolean>>

/** Makes an element. Text is text: nothing here ever parses markup. */
export function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false) element.setAttribute(name, value === true ? '' : value)
  }
  element.append(...children.filter((child) => child !== undefined))
  return element
}

export function button(label: string, press: () => void, attributes: Attributes = {}): HTMLButtonElement {
  const element = make('button', { type: 'button', ...attributes }, label)
  element.addEventListener('click', press)
  return element
}

/** The scopes as small labels. */
export const chips = (scope: readonly string[], style = ''): HTMLElement =>
  make('ul', { class: `chips ${style}` }, ...scope.map((value) => make('li', {}, value)))

/** An element of index.html. @throws {Error} when the page and its script don't belong together */
export function find<E extends HTMLElement>(id: string, type: new () => E): E {
  const element = document.getElementById(id)
  if (element instanceof type) return element
  throw new Error(`The page has no ${id}.`)
}
