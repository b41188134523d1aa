import type { DeviceCodeView, DeviceConsentView, DeviceDoneView, DeviceOrigin } from '../../config/pages.js'
import { accountOf, answers } from './consent.js'
import { type Html, html, isolated } from './html.js'
import { hiddenFields, mark, page, picture, textsOf } from './layout.js'

/** Asks for the code that a device shows. RFC 8628 §3.3. Pure. */
export function deviceCodePage({ language, action, hidden, userCode = '', error }: DeviceCodeView): string {
  const { device, signIn } = textsOf(language)
  const alert = error && html`<p class="error" role="alert" id="error">${device.errors[error]}</p>`
  const state = error && html` aria-invalid="true" aria-describedby="error"`
  return page(
    language,
    error ? `${signIn.errorTitle}: ${device.title}` : device.title,
    html`<h1>${device.title}</h1>
<p class="lead">${device.lead}</p>
${alert}
<form method="post" action="${action}">
${hiddenFields(hidden)}
<label for="user_code">${device.label}</label>
<input id="user_code" name="user_code" class="code" value="${userCode}" autocomplete="off" autocapitalize="characters" autocorrect="off" spellcheck="false" inputmode="text" maxlength="32" required autofocus${state}>
<button class="primary wide">${device.submit}</button>
</form>
<p class="small">${device.hint}</p>`,
  )
}

/** Asks whether the device in front of the user may have what it asked for, and warns of other people's. RFC 8628 §3.3, §5.4. Pure. */
export function deviceConsentPage(view: DeviceConsentView): string {
  const { language, clientName, userCode, age, origin, action, hidden } = view
  const { device, consent } = textsOf(language)
  return page(
    language,
    consent.title(clientName),
    html`${mark(clientName)}
<h1>${consent.heading(isolated(clientName))}</h1>
<p class="lead">${device.compare(age)}</p>
<p class="shown">${isolated(userCode)}</p>
${origin && html`<p class="lead">${device.from[origin.network](whereOf(origin))}</p>`}
<p class="note"><b>${device.warning}</b> ${device.danger}</p>
<form method="post" action="${action}">
${hiddenFields(hidden)}
${accountOf(view)}
${answers(view)}
</form>`,
  )
}

const whereOf = ({ address, place }: DeviceOrigin): Html =>
  place ? html`<b>${isolated(place)}</b> (${isolated(address)})` : html`<b>${isolated(address)}</b>`

/** After the answer: what happens next happens on the device. Pure. */
export function deviceDonePage({ language, clientName, decision }: DeviceDoneView): string {
  const { title, lead } = textsOf(language).device.done[decision]
  return page(
    language,
    title,
    html`${picture(decision === 'allowed' ? '✓' : '–')}
<h1>${title}</h1>
<p class="lead">${lead(isolated(clientName))}</p>`,
  )
}
