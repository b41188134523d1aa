import { type Html, html, isolated } from './html.js'
import { hiddenFields, mark, page, textsOf } from './layout.js'
import type { ConsentView, ScopeView } from './views.js'

/** Asks whether the client may have what it asked for. Pure. */
export function consentPage(view: ConsentView): string {
  const { language, clientName, redirectHost, account, scopes, action, hidden } = view
  const { consent } = textsOf(language)
  const host = isolated(redirectHost)
  return page(
    language,
    consent.title(clientName),
    html`${mark(clientName)}
<h1>${consent.heading(isolated(clientName))}</h1>
<p class="lead">${consent.lead(host)}</p>
<form method="post" action="${action}">
${hiddenFields(hidden)}
<div class="account"><p>${consent.signedInAs(isolated(account.name))}</p>${decision('switch', consent.switchAccount, 'link')}</div>
${scopes.length > 0 ? offer(view) : dead(view)}
</form>
<p class="small">${consent.answer(host)}</p>`,
  )
}

/** What allowing grants, and the two answers: of equal weight, so that neither is the obvious one. */
function offer({ language, scopes, refused }: ConsentView): Html {
  const { consent } = textsOf(language)
  // "New" says something only beside what is not.
  const marksNew = scopes.some(({ isNew }) => !isNew)
  const items = scopes.map((scope) => item(scope, marksNew && scope.isNew ? consent.isNew : undefined))
  const rest = html`<h2>${consent.refusedHeading}</h2>
<p class="lead">${consent.refusedHint}</p>
<ul class="refused">${refused.map((scope) => item(scope))}</ul>
${decision('switch', consent.switchAccount, 'link')}`
  return html`<h2>${consent.listHeading}</h2>
<ul>${items}</ul>
${refused.length > 0 ? rest : undefined}
<div class="pair">${decision('deny', consent.deny)}${decision('allow', consent.allow)}</div>`
}

/** Nothing that this account could allow: there is only a way out. */
function dead({ language, refused }: ConsentView): Html {
  const { consent } = textsOf(language)
  return html`<h2>${consent.nothingHeading}</h2>
<p class="lead">${consent.nothingHint}</p>
<ul class="refused">${refused.map((scope) => item(scope))}</ul>
<div class="pair">${decision('deny', consent.deny)}${decision('switch', consent.switchAccount)}</div>`
}

const item = ({ value, description }: ScopeView, badge?: string): Html =>
  html`<li>${isolated(description)}${badge === undefined ? undefined : html` <span class="new">${badge}</span>`} <code>${isolated(value)}</code></li>`

const decision = (value: string, label: string, style?: string): Html =>
  html`<button name="decision" value="${value}"${style === undefined ? undefined : html` class="${style}"`}>${label}</button>`
