import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  type ConnectedAppsView,
  type ConsentView,
  type DeviceConsentView,
  PAGE_NAMES,
  type PageProblem,
  type SignInView,
} from '../../config/pages.js'
import { SCRIPT, SCRIPT_HASH } from './form-post.js'
import { builtInPages } from './index.js'

const { signIn: signInPage, consent: consentPage, error: errorPage, signOut: signOutPage } = builtInPages

const form = { language: 'en', action: '/interaction/sign-in', hidden: { interaction: 'k1.sealed' } } as const
const client = { clientName: 'Notes', redirectHost: 'notes.example' }
const signIn = (view: Partial<SignInView> = {}) => signInPage({ ...form, purpose: client, ...view })

const scope = (value: string, isNew = true) => ({ value, description: `May ${value}`, isNew })
const consent = (view: Partial<ConsentView> = {}) =>
  consentPage({
    ...form,
    ...client,
    account: { name: 'Rea' },
    isOnDevice: false,
    scopes: [scope('notes:read')],
    refused: [],
    ...view,
  })

const deviceConsent = (view: Partial<DeviceConsentView> = {}) =>
  builtInPages.deviceConsent({
    ...form,
    clientName: 'Notes TV',
    userCode: 'WDJB-MJHT',
    age: 0,
    origin: { address: '8.8.8.8', place: undefined, network: 'other' },
    account: { name: 'Rea' },
    scopes: [scope('notes:read')],
    refused: [],
    ...view,
  })

const appOf = (text: string) => ({
  clientId: text,
  name: text,
  scopes: [{ value: text, description: text }],
  connections: [
    { grantId: text, createdAt: 1_800_000_000 },
    { grantId: 'g2', createdAt: 1_700_000_000 },
  ],
})
const connectedApps = (view: Partial<ConnectedAppsView> = {}) =>
  builtInPages.connectedApps({ ...form, account: { name: 'Rea' }, apps: [appOf('Notes')], ...view })

const HOSTILE = `"><script>alert(1)</script><img src=x onerror='alert(2)'>\r\n\0\u202e&quot;`
/** The page without its style sheet, which names things too. */
const unstyled = (page: string): string => page.replace(/<style>[\s\S]*<\/style>/, '')

const tags = (page: string): string[] => page.match(/<\/?[a-z][^>]*>/g) ?? []

const pages = (language: 'en' | 'de', text: string): Record<string, string> => ({
  'sign-in': signIn({
    language,
    purpose: { clientName: text, redirectHost: text },
    username: text,
    error: 'wrong_credentials',
    hidden: { state: text },
  }),
  consent: consent({
    language,
    clientName: text,
    redirectHost: text,
    account: { name: text },
    isOnDevice: true,
    scopes: [{ value: text, description: text, isNew: true }, scope('old', false)],
    refused: [{ value: text, description: text }],
    action: text,
    hidden: { state: text },
  }),
  'consent without anything to allow': consent({ language, scopes: [], refused: [{ value: text, description: text }] }),
  error: errorPage({ language, problem: 'invalid_request', code: text, detail: text }),
  'sign-out': signOutPage({ ...form, language, clientName: text, account: { name: text } }),
  'signed-out': builtInPages.signedOut({ language }),
  'stayed signed in': builtInPages.stayedSignedIn({ language }),
  'sign-in for a device': signIn({ language, purpose: 'device', username: text }),
  'device code': builtInPages.deviceCode({ ...form, language, userCode: text, error: 'wrong_code' }),
  'device consent': deviceConsent({
    language,
    clientName: text,
    userCode: text,
    origin: { address: text, place: text, network: 'same' },
    account: { name: text },
    scopes: [{ value: text, description: text }],
  }),
  'device done': builtInPages.deviceDone({ language, clientName: text, decision: 'allowed' }),
  'connected apps': connectedApps({ language, account: { name: text }, apps: [appOf(text)] }),
  'no connected apps': connectedApps({ language, apps: [], done: 'app' }),
})

describe.each(['en', 'de'] as const)('every page in %s', (language) => {
  const harmless = pages(language, 'harmless')

  it.each(Object.entries(pages(language, HOSTILE)))(
    'AZ-28 %s has the same elements whatever the names hold',
    (name, page) => {
      const names = (from: string) => tags(from).map((tag) => tag.split(/[\s>]/, 1)[0])
      expect(names(page)).toEqual(names(harmless[name] ?? ''))
      // The words of an attack may stand there as text, never as an attribute.
      for (const tag of tags(page)) expect(tag.replaceAll(/"[^"]*"/g, '""')).not.toMatch(/onerror|src=/)
      expect(page).not.toMatch(/<script|\0/)
      // Fields bring back exactly what they were given; in words nothing turns the direction.
      expect(page.replace(/"[^"]*"/g, '')).not.toContain('\u202e')
    },
  )

  it.each(Object.entries(harmless))('AZ-24 %s is small, complete and loads nothing', (_, page) => {
    expect(Buffer.byteLength(page)).toBeLessThan(10_000)
    expect(page).toContain(`<html lang="${language}" dir="ltr">`)
    expect(page).toContain('<meta name="viewport" content="width=device-width, initial-scale=1">')
    expect(page).toMatch(/<title>[^<]+<\/title>/)
    expect(page.match(/<h1>/g)).toHaveLength(1)
    expect(unstyled(page)).not.toMatch(
      /<script|<link|<img|<iframe|\son[a-z]+=|\sstyle=|\ssrc=|\shref=|undefined|\[object/,
    )
  })
})

describe('deviceCodePage', () => {
  it('asks in one large field, keeps what was typed and announces what was wrong', () => {
    const page = builtInPages.deviceCode({ ...form, userCode: 'WDJB', error: 'wrong_code' })
    expect(page).toMatch(
      /<label for="user_code">Code<\/label>\n<input id="user_code" name="user_code" class="code" value="WDJB"/,
    )
    expect(page).toContain('role="alert" id="error"')
    expect(page).toContain('aria-invalid="true" aria-describedby="error"')
  })
})

describe('deviceConsentPage', () => {
  it.each([
    ['en', 'The device is in another network than this browser: <b><bdi>8.8.8.8</bdi></b>.'],
    ['de', 'Das Gerät ist in einem anderen Netz als dieser Browser: <b><bdi>8.8.8.8</bdi></b>.'],
  ] as const)('ATT-044 says in %s that the device is elsewhere', (language, sentence) => {
    expect(deviceConsent({ language })).toContain(sentence)
  })

  it('DV-05 ATT-044 shows client, code, account, age and rights, and warns of codes that somebody sent', () => {
    const page = deviceConsent({ age: 130 })
    for (const text of [
      'Notes TV',
      'WDJB-MJHT',
      'Rea',
      'May notes:read',
      '2 minutes ago',
      'If somebody sent you the code',
    ])
      expect(page).toContain(text)
    const answers = page.match(/<button name="decision" value="(allow|deny)">/g)
    expect(answers).toEqual(['<button name="decision" value="deny">', '<button name="decision" value="allow">'])
  })

  it('AZ-43 can’t be allowed when this account can grant nothing', () => {
    expect(deviceConsent({ scopes: [], refused: [scope('admin')] })).not.toContain('value="allow"')
  })
})

describe('connectedAppsPage', () => {
  it('has a button for each connection and one for all of an application, each with a name of its own', () => {
    const page = connectedApps()
    const names = [...page.matchAll(/<button name="(?:grant|client)"[^>]* aria-label="([^"]*)"/g)].map(
      ([, name]) => name,
    )
    expect(names).toHaveLength(3)
    expect(new Set(names).size).toBe(3)
    expect(page).toContain('<time datetime="2027-01-15T08:00:00.000Z">')
  })

  it('leads to newer and older connections where there are such', () => {
    expect(connectedApps()).not.toContain('<nav>')
    const links = (view: Partial<ConnectedAppsView>) =>
      [...connectedApps(view).matchAll(/<a href="([^"]*)">(\w+)<\/a>/g)].map(([, address, text]) => [text, address])
    expect(links({ older: '/a?page=2' })).toEqual([['Older', '/a?page=2']])
    expect(links({ newer: '/a?page=1', older: '/a?page=3' })).toEqual([
      ['Newer', '/a?page=1'],
      ['Older', '/a?page=3'],
    ])
  })
})

describe('formPostPage', () => {
  const formPost = (text: string) =>
    builtInPages.formPost({
      language: 'en',
      action: 'https://app.example/cb',
      redirectHost: text,
      hidden: { state: text },
      script: SCRIPT,
    })

  it('AZ-34 escapes its values, sends itself, and has a button for those without script', () => {
    const page = formPost(HOSTILE)
    expect(page.match(/<script>[^<]*<\/script>/g)).toEqual(['<script>document.forms[0].submit()</script>'])
    expect(page).not.toMatch(/<img|<script>alert/)
    expect(page).toContain('<form method="post" action="https://app.example/cb">')
    expect(page).toContain('<button class="primary wide">Continue</button>')
  })

  it('AZ-34 runs exactly the script that the content security policy allows', () => {
    expect(SCRIPT_HASH).toBe(`sha256-${createHash('sha256').update(SCRIPT).digest('base64')}`)
  })
})

describe('the option pages', () => {
  it('can name every page, and no other', () => {
    expect([...PAGE_NAMES].sort()).toEqual(Object.keys(builtInPages).sort())
  })
})

describe('signInPage', () => {
  it('says for which application and host', () => {
    expect(signIn()).toContain('to continue to <b><bdi>Notes</bdi></b> at <bdi>notes.example</bdi>')
    expect(signIn()).toContain('<title>Sign in to continue to Notes</title>')
  })

  it('has labelled fields that password managers know', () => {
    const page = signIn()
    expect(page).toMatch(
      /<label for="username">.*\n<input id="username" name="username" [^>]*autocomplete="username" autocapitalize="none"[^>]* required/,
    )
    expect(page).toMatch(
      /<label for="password">.*\n<input id="password" name="password" type="password" autocomplete="current-password" required/,
    )
    expect(page).toContain('<input type="hidden" name="interaction" value="k1.sealed">')
    expect(page).toContain('<form method="post" action="/interaction/sign-in">')
  })

  it('announces an error, ties it to the fields and keeps the username', () => {
    const page = signIn({ username: 'rea', error: 'wrong_credentials' })
    expect(page).toContain('<p class="error" role="alert" id="error">')
    expect(page.match(/aria-invalid="true" aria-describedby="error"/g)).toHaveLength(2)
    expect(page).toContain('name="username" value="rea"')
    expect(page).toContain('<title>Error: Sign in')
  })

  it('puts the cursor where the next thing is typed', () => {
    const focused = (page: string) => /<input id="(\w+)"[^>]* autofocus>/.exec(page)?.[1]
    expect(focused(signIn())).toBe('username')
    expect(focused(signIn({ username: 'rea' }))).toBe('password')
  })

  it('does not blame what was typed for a fault on our side', () => {
    const page = unstyled(signIn({ error: 'unavailable' }))
    expect(page).toContain('role="alert"')
    expect(page).not.toContain('aria-invalid')
  })

  it('never sends the password back', () => {
    expect(
      /<input id="password"[^>]*>/.exec(signIn({ username: 'rea', error: 'wrong_credentials' }))?.[0],
    ).not.toContain('value')
  })
})

describe('consentPage', () => {
  it('AZ-26 shows the name, the host and every scope in words and as it is', () => {
    const page = consent({ scopes: [scope('notes:read'), scope('notes:write')] })
    expect(page).toContain('<h1><bdi>Notes</bdi> asks for access</h1>')
    expect(page).toContain('<bdi>notes.example</bdi>')
    for (const value of ['notes:read', 'notes:write'])
      expect(page).toMatch(new RegExp(`<bdi>May ${value}</bdi> <code><bdi>${value}</bdi></code>`))
  })

  it('offers two answers that look the same', () => {
    const [, ...answers] = consent().match(/<button[^>]*>/g) ?? []
    expect(answers).toEqual(['<button name="decision" value="deny">', '<button name="decision" value="allow">'])
  })

  it('names the account and offers to switch it', () => {
    expect(consent()).toContain('Signed in as <b><bdi>Rea</bdi></b>')
    expect(consent()).toContain('<button name="decision" value="switch" class="link">')
  })

  it('marks what is new only beside what was allowed before', () => {
    const badge = /<span class="new">/g
    expect(consent({ scopes: [scope('a'), scope('b')] }).match(badge)).toBeNull()
    expect(consent({ scopes: [scope('a'), scope('b', false)] }).match(badge)).toHaveLength(1)
    expect(consent({ scopes: [scope('a', false)] }).match(badge)).toBeNull()
  })

  it('AZ-43 lists what this account can’t grant and offers another one', () => {
    const page = consent({ refused: [scope('admin')] })
    const refused = page.slice(page.indexOf('Not with this account'))
    expect(refused).toMatch(/<bdi>May admin<\/bdi> <code><bdi>admin<\/bdi><\/code>/)
    expect(page.match(/value="switch"/g)).toHaveLength(1)
  })

  it('AZ-43 can’t be allowed when this account can grant nothing', () => {
    const page = consent({ scopes: [], refused: [scope('admin')] })
    expect(page).not.toContain('value="allow"')
    expect(page).toContain('value="deny"')
    expect(page.match(/value="switch"/g)).toHaveLength(1)
  })
})

describe('errorPage', () => {
  it.each<PageProblem>([
    'unknown_client',
    'redirect_uri',
    'invalid_request',
    'expired',
    'already_used',
    'other_browser',
    'not_found',
    'server_error',
  ])('AZ-03 says %s in words, keeps the code for the developer and leads nowhere', (problem) => {
    const page = errorPage({ language: 'de', problem, code: 'invalid_request', detail: 'The scope is empty.' })
    expect(page).toContain(
      '<code><bdi>invalid_request</bdi></code><br><span lang="en"><bdi>The scope is empty.</bdi></span>',
    )
    expect(page).not.toMatch(/<form|<a |http-equiv/)
  })
})

describe('signOutPage', () => {
  it('ATT-054 asks, names who asks, and can be declined', () => {
    const page = signOutPage({ ...form, clientName: 'Notes', account: { name: 'Rea' } })
    expect(page).toContain('<b><bdi>Notes</bdi></b> asks to sign you out. You are signed in as <b><bdi>Rea</bdi></b>.')
    expect(page).toContain('name="decision" value="sign_out"')
    expect(page).toContain('name="decision" value="stay"')
  })
})
