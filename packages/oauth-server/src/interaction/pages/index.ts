import type { PageName, PageViews } from '../../config/pages.js'
import { connectedAppsPage } from './connected-apps.js'
import { consentPage } from './consent.js'
import { deviceCodePage, deviceConsentPage, deviceDonePage } from './device.js'
import { errorPage } from './error.js'
import { formPostPage } from './form-post.js'
import { signInPage } from './sign-in.js'
import { signedOutPage, signOutPage, stayedSignedInPage } from './sign-out.js'

export { pickLanguage } from './language.js'
export { pageResponse } from './response.js'

/** The built-in pages: each the HTML of what it is to show. */
export const builtInPages: { readonly [N in PageName]: (view: PageViews[N]) => string } = {
  signIn: signInPage,
  consent: consentPage,
  deviceCode: deviceCodePage,
  deviceConsent: deviceConsentPage,
  deviceDone: deviceDonePage,
  connectedApps: connectedAppsPage,
  error: errorPage,
  formPost: formPostPage,
  signOut: signOutPage,
  signedOut: signedOutPage,
  stayedSignedIn: stayedSignedInPage,
}
