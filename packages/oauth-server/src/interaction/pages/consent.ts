import type { ConsentView, ScopeView } from '../../config/pages.js'
import { type Html, html, isolated } from './html.js'
import { hiddenFields, mark, page, textsOf } from './layout.js'
import { accountLine, decisionButton, scopeItem } from './scopes.js'

/** Asks whether the client may have what it asked for. Pure. */
export function consentPage(view: ConsentView): string {
  const { language, clientName, redirectHost, isOnDevice, action, hidden } = view
  const { consent } = textsOf(language)
  return page(
    language,
    consent.title(clientName),
    html`${mark(clientName)}
<h1>${consent.heading(isolated(clientName))}</h1>
<p class="lead">${consent.lead(isolated(redirectHost))}</p>
${isOnDevice ? html`<p class="note">${consent.onDevice(isolated(clientName))}</p>` : undefined}
<form method="post" action="${action}">
${hiddenFields(hidden)}
${accountOf(view)}
${answers(view)}
</form>`,
  )
}

type Question = Pick<ConsentView, 'language' | 'refused'> & {
  readonly scopes: readonly (ScopeView & { readonly isNew?: boolean })[]
}

/** What is asked for and the ways to answer, for a client here and for one on a device. */
export const answers = (question: Question): Html => (question.scopes.length > 0 ? offer(question) : dead(question))

/** Who is asked. Where nothing can be allowed, another account is one of the two answers below. */
export function accountOf({
  language,
  account,
  scopes,
}: Pick<ConsentView, 'language' | 'account'> & { readonly scopes: readonly ScopeView[] }): Html {
  const { consent } = textsOf(language)
  return accountLine(consent.signedInAs(isolated(account.name)), scopes.length > 0 ? consent.switchAccount : undefined)
}

/** What allowing grants, and the two answers: of equal weight, so that neither is the obvious one. */
function offer({ language, scopes, refused }: Question): Html {
  const { consent } = textsOf(language)
  // "New" says something only beside what is not.
  const marksNew = scopes.some(({ isNew }) => isNew === false)
  const items = scopes.map((scope) => scopeItem(scope, marksNew && scope.isNew ? consent.isNew : undefined))
  const rest = html`<h2>${consent.refusedHeading}</h2>
<p class="lead">${consent.refusedHint}</p>
<ul class="refused">${refused.map((scope) => scopeItem(scope))}</ul>`
  return html`<h2>${consent.listHeading}</h2>
<ul>${items}</ul>
${refused.length > 0 ? rest : undefined}
<div class="pair">${decisionButton('deny', consent.deny)}${decisionButton('allow', consent.allow)}</div>`
}

/** Nothing that this account could allow: there are only ways out. */
function dead({ language, refused }: Question): Html {
  const { consent } = textsOf(language)
  return html`<h2>${consent.nothingHeading}</h2>
<p class="lead">${consent.nothingHint}</p>
<ul class="refused">${refused.map((scope) => scopeItem(scope))}</ul>
${decisionButton('switch', consent.switchAccount, 'wide')}
${decisionButton('deny', consent.deny, 'wide next')}`
}
