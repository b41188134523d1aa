import type { FormPostView } from '../../config/pages.js'
import { html, isolated, trusted } from './html.js'
import { hiddenFields, page, textsOf } from './layout.js'

/** The only script of all pages. Any change to it changes {@link SCRIPT_HASH}. */
export const SCRIPT = 'document.forms[0].submit()'

/** What the content security policy allows of {@link SCRIPT}: a test tells the new value. */
export const SCRIPT_HASH = 'sha256-ePniVEkSivX/c7XWBGafqh8tSpiRrKiqYeqbG7N1TOE='

/** Carries an authorization response to the client in the body of a form, which sends itself and can be sent by hand. OAuth 2.0 Form Post Response Mode §2. Pure. */
export function formPostPage({ language, action, hidden, redirectHost }: Omit<FormPostView, 'script'>): string {
  const { formPost } = textsOf(language)
  return page(
    language,
    formPost.title,
    html`<h1>${formPost.title}</h1>
<p class="lead">${formPost.lead(isolated(redirectHost))}</p>
<form method="post" action="${action}">
${hiddenFields(hidden)}
<button class="primary wide">${formPost.submit}</button>
</form>
<script>${trusted(SCRIPT)}</script>`,
  )
}
