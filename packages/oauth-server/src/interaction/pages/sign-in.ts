import type { SignInView } from '../../config/pages.js'
import { html, isolated } from './html.js'
import { hiddenFields, mark, page, textsOf } from './layout.js'

/** Asks for username and password. Pure. */
export function signInPage(view: SignInView): string {
  const { language, purpose, action, hidden, username = '', error } = view
  const { signIn } = textsOf(language)
  const isErrand = typeof purpose === 'string'
  const client = isErrand ? undefined : isolated(purpose.clientName)
  const title = isErrand ? signIn.errands[purpose] : signIn.title(purpose.clientName)

  const alert = error && html`<p class="error" role="alert" id="error">${signIn.errors[error]}</p>`
  // Only what was typed can be wrong: what is down on our side is nobody's mistake.
  const invalid = error === 'wrong_credentials' ? html` aria-invalid="true"` : undefined
  const described = error && html` aria-describedby="error"`
  const focus = html` autofocus`
  const hasName = username !== ''

  return page(
    language,
    error ? `${signIn.errorTitle}: ${title}` : title,
    html`${isErrand ? undefined : mark(purpose.clientName)}
<h1>${signIn.heading}</h1>
<p class="lead">${isErrand ? signIn.errandLeads[purpose] : signIn.lead(isolated(purpose.clientName), isolated(purpose.redirectHost))}</p>
${alert}
<form method="post" action="${action}">
${hiddenFields(hidden)}
<label for="username">${signIn.username}</label>
<input id="username" name="username" value="${username}" autocomplete="username" autocapitalize="none" autocorrect="off" spellcheck="false" inputmode="text" required${invalid}${described}${hasName ? undefined : focus}>
<label for="password">${signIn.password}</label>
<input id="password" name="password" type="password" autocomplete="current-password" required${invalid}${described}${hasName ? focus : undefined}>
<button class="primary wide">${signIn.submit}</button>
</form>
${client && html`<p class="small">${signIn.promise(client)}</p>`}`,
  )
}
