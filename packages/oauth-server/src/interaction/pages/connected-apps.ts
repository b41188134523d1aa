import type { ConnectedApp, ConnectedAppsView, Language } from '../../config/pages.js'
import { type Html, html, isolated, withoutMarks } from './html.js'
import { hiddenFields, mark, page, textsOf } from './layout.js'
import { accountLine, scopeItem } from './scopes.js'

/** Shows what somebody allowed to whom, and takes it back. Pure. */
export function connectedAppsPage(view: ConnectedAppsView): string {
  const { language, action, hidden, account, apps, newer, older, done } = view
  const { connectedApps, consent } = textsOf(language)
  return page(
    language,
    connectedApps.title,
    html`<h1>${connectedApps.title}</h1>
<p class="lead">${apps.length > 0 ? connectedApps.lead : connectedApps.none}</p>
${done && html`<p class="note" role="status">${connectedApps.done[done]}</p>`}
<form method="post" action="${action}">
${hiddenFields(hidden)}
${accountLine(consent.signedInAs(isolated(account.name)), consent.switchAccount)}
${apps.map((app) => html`<section>${entry(language, app)}</section>`)}
</form>
${newer === undefined && older === undefined ? undefined : html`<nav>${link(newer, connectedApps.newer)}${link(older, connectedApps.older)}</nav>`}`,
  )
}

function entry(language: Language, { clientId, name, scopes, connections }: ConnectedApp): Html {
  const { connectedApps } = textsOf(language)
  const row = ({ grantId, createdAt }: ConnectedApp['connections'][number]): Html => {
    const since = instant(language, createdAt)
    const label = `${connectedApps.end}: ${withoutMarks(name)}, ${since}`
    return html`<div class="account"><p>${connectedApps.since(time(createdAt, since))}</p><button name="grant" value="${grantId}" class="link" aria-label="${label}">${connectedApps.end}</button></div>`
  }
  return html`<div class="app">${mark(name)}<h2>${isolated(name)}</h2></div>
<ul>${scopes.map((scope) => scopeItem(scope))}</ul>
${connections.map(row)}
<button name="client" value="${clientId}" class="wide" aria-label="${connectedApps.remove}: ${withoutMarks(name)}">${connectedApps.remove}</button>`
}

const link = (address: string | undefined, text: string): Html =>
  address === undefined ? html`<span></span>` : html`<a href="${address}">${text}</a>`

const time = (at: number, text: string): Html =>
  html`<time datetime="${new Date(at * 1000).toISOString()}">${text}</time>`

/** In UTC: the server does not know where the reader is. */
function instant(language: Language, at: number): string {
  const format = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' })
  return `${format.format(new Date(at * 1000))} UTC`
}
