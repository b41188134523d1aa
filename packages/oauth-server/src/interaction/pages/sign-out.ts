import type { Language, SignOutView } from '../../config/pages.js'
import { html, isolated } from './html.js'
import { hiddenFields, mark, page, picture, textsOf } from './layout.js'

/** Asks whether the user means to sign out. OIDC RP-Initiated Logout §2. Pure. */
export function signOutPage({ language, clientName, account, action, hidden }: SignOutView): string {
  const { signOut } = textsOf(language)
  const client = clientName === undefined ? undefined : isolated(clientName)
  return page(
    language,
    signOut.title,
    html`${clientName === undefined ? undefined : mark(clientName)}
<h1>${signOut.title}</h1>
<p class="lead">${signOut.lead(client, account && isolated(account.name))}</p>
<p class="lead">${signOut.hint}</p>
<form method="post" action="${action}">
${hiddenFields(hidden)}
<button class="primary wide" name="decision" value="sign_out">${signOut.submit}</button>
<button class="wide next" name="decision" value="stay">${signOut.stay}</button>
</form>`,
  )
}

/** After signing out, when there is no registered address to go on to. Pure. */
export const signedOutPage = (view: { readonly language: Language }): string => notice(view.language, 'signedOut')

/** After the user chose not to sign out. Pure. */
export const stayedSignedInPage = (view: { readonly language: Language }): string => notice(view.language, 'stayed')

function notice(language: Language, key: 'signedOut' | 'stayed'): string {
  const { title, lead } = textsOf(language)[key]
  return page(
    language,
    title,
    html`${picture('✓')}
<h1>${title}</h1>
<p class="lead">${lead}</p>`,
  )
}
