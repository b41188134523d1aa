import type { ScopeView } from '../../config/pages.js'
import { type Html, html, isolated } from './html.js'

/** A scope value in words, and as it is. */
export const scopeItem = ({ value, description }: ScopeView, badge?: string): Html =>
  html`<li>${isolated(description)}${badge === undefined ? undefined : html` <span class="new">${badge}</span>`} <code>${isolated(value)}</code></li>`

/** A button that answers a question. */
export const decisionButton = (value: string, label: string, style?: string): Html =>
  html`<button name="decision" value="${value}"${style === undefined ? undefined : html` class="${style}"`}>${label}</button>`

/** Who is signed in, and the way to be somebody else where the page has no larger one. */
export const accountLine = (signedInAs: Html, switchAccount: string | undefined): Html =>
  html`<div class="account"><p>${signedInAs}</p>${switchAccount === undefined ? undefined : decisionButton('switch', switchAccount, 'link')}</div>`
