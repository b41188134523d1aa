import { html } from './html.js'
import type { Texts } from './texts.js'

export const en: Texts = {
  dir: 'ltr',
  signIn: {
    title: (clientName) => `Sign in to continue to ${clientName}`,
    heading: 'Sign in',
    lead: (client, host) => html`to continue to <b>${client}</b> at ${host}`,
    errands: { device: 'Sign in to connect a device', connected_apps: 'Sign in to see your connected apps' },
    errandLeads: { device: 'to connect a device', connected_apps: 'to see your connected apps' },
    username: 'Username',
    password: 'Password',
    submit: 'Sign in',
    promise: (client) => html`Your password stays here. ${client} never gets to see it.`,
    errors: {
      wrong_credentials: 'The username or the password is not right. Check both, then try again.',
      too_many: 'There were too many attempts. Wait a little, then try again.',
      unavailable: 'Signing in does not work at the moment. Please try again shortly.',
    },
    errorTitle: 'Error',
  },
  consent: {
    title: (clientName) => `${clientName} asks for access`,
    heading: (client) => html`${client} asks for access`,
    lead: (host) => html`Whether you allow or deny it, your answer goes to ${host}.`,
    onDevice: (client) =>
      html`<b>It goes to a program on this device, and any program here can claim to be ${client}.</b> Allow it only if you have just started that program yourself.`,
    signedInAs: (name) => html`Signed in as <b>${name}</b>`,
    switchAccount: 'Use another account',
    listHeading: 'It will be able to',
    isNew: 'New',
    refusedHeading: 'Not with this account',
    refusedHint: 'It asked for this too, but your account can’t allow it. Another account may.',
    nothingHeading: 'This account can’t allow it',
    nothingHint: 'What the application asks for needs an account with more rights.',
    allow: 'Allow',
    deny: 'Deny',
  },
  device: {
    title: 'Connect a device',
    lead: 'Your TV, console or terminal shows a code. Type it here.',
    label: 'Code',
    submit: 'Continue',
    hint: 'Only use a code that you see on a device of your own. Nobody has a reason to send you one.',
    errors: {
      wrong_code:
        'This code does not work. Compare it with the one on the device. If they are the same, have the device show a new one: a code works once, and not for long.',
      too_many: 'Too many codes that do not work. Wait a quarter of an hour, then try again with a new one.',
    },
    compare: (age) => `Your device asked for this ${ago(age)}. Check that it shows the same code:`,
    from: {
      same: (where) => html`The device is in the same network as this browser: ${where}.`,
      other: (where) =>
        html`The device is in another network than this browser: ${where}. That may be if one of the two is not in your Wi-Fi; otherwise deny it.`,
      unknown: (where) => html`The device asked from ${where}.`,
    },
    warning: 'Did you start this yourself, on a device in front of you?',
    danger: 'If somebody sent you the code or a link, deny it: whoever sent it would get into your account.',
    done: {
      allowed: {
        title: 'Your device is connected',
        lead: (client) => html`Go back to it: <b>${client}</b> goes on by itself. You can close this page.`,
      },
      denied: {
        title: 'Nothing was allowed',
        lead: (client) => html`<b>${client}</b> got nothing from your account. You can close this page.`,
      },
    },
  },
  connectedApps: {
    title: 'Connected apps',
    lead: 'These applications may use your account. Take back what you no longer need.',
    none: 'No application is connected to your account.',
    since: (time) => html`Since ${time}`,
    end: 'Sign out',
    remove: 'Remove access',
    newer: 'Newer',
    older: 'Older',
    done: {
      app: 'The application has no access any more.',
      connection: 'That connection is signed out. All others go on.',
    },
  },
  problem: {
    developer: 'For the developer',
    unknown_client: {
      title: 'This application is not known here',
      what: 'The application that sent you is not registered with this server, so it can’t sign you in.',
      next: 'Go back to the application and tell the people who run it.',
    },
    redirect_uri: {
      title: 'This link leads to the wrong place',
      what: 'The application asked to send you to an address that it has not registered. To keep you safe we don’t send you there.',
      next: 'Go back to the application and tell the people who run it. Nothing was shared.',
    },
    invalid_request: {
      title: 'This link does not work',
      what: 'Something is missing in the request that brought you here, or it is not as it should be.',
      next: 'Go back to the application and start again. If that does not help, tell the people who run it.',
    },
    request_uri: {
      title: 'This request is not known here',
      what: 'It has expired, or it came from another application. Nothing was shared.',
      next: 'Go back to the application and start again.',
    },
    expired: {
      title: 'This page has expired',
      what: 'It was open for too long, so it can’t be used any more. Nothing was shared.',
      next: 'Go back to the application and start again.',
    },
    already_used: {
      title: 'This was answered already',
      what: 'Each of these pages can be used once, and this one was.',
      next: 'Go back to the application. If you are not signed in there, start again.',
    },
    other_browser: {
      title: 'This page can’t be used here',
      what: 'It was opened in another browser, or this browser does not keep cookies for this site.',
      next: 'Allow cookies for this site, then go back to the application and start again.',
    },
    not_found: {
      title: 'There is nothing here',
      what: 'The address may be mistyped or too old.',
      next: 'Go back to the application and start again.',
    },
    server_error: {
      title: 'Something went wrong on our side',
      what: 'Your request could not be finished. Nothing was shared.',
      next: 'Wait a moment, then go back to the application and start again.',
    },
  },
  signOut: {
    title: 'Sign out?',
    lead: (client, account) => {
      const who = account ? html`You are signed in as <b>${account}</b>.` : html`You are signed in here.`
      return client ? html`<b>${client}</b> asks to sign you out. ${who}` : who
    },
    hint: 'Afterwards every application has to ask you to sign in again.',
    submit: 'Sign out',
    stay: 'Stay signed in',
  },
  formPost: {
    title: 'Going back to the application',
    lead: (host) => html`Your answer is on its way to ${host}. If nothing happens, press the button.`,
    submit: 'Continue',
  },
  signedOut: { title: 'You are signed out', lead: 'You can close this page.' },
  stayed: { title: 'You are still signed in', lead: 'Nothing has changed. You can close this page.' },
}

function ago(seconds: number): string {
  const minutes = Math.floor(seconds / 60)
  return minutes < 1 ? 'just now' : minutes === 1 ? 'a minute ago' : `${minutes} minutes ago`
}
