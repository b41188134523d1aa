import type { ErrorView } from '../../config/pages.js'
import { html, isolated } from './html.js'
import { page, picture, textsOf } from './layout.js'

/** Says what went wrong and how to go on. It leads nowhere: an address in a bad request is not to be followed. Pure. */
export function errorPage({ language, problem, code, detail }: ErrorView): string {
  const texts = textsOf(language).problem
  const { title, what, next } = texts[problem]
  return page(
    language,
    title,
    html`${problem === 'already_used' ? picture('✓') : picture('!', 'mark bad')}
<h1>${title}</h1>
<p class="lead">${what}</p>
<p class="step">${next}</p>
<p class="small rule">${texts.developer}: <code>${isolated(code)}</code>${detail === undefined ? undefined : html`<br><span lang="en">${isolated(detail)}</span>`}</p>`,
  )
}
