import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pickLanguage } from './language.js'

describe('pickLanguage', () => {
  it.each([
    [undefined, null, 'en'],
    ['de', 'en', 'de'],
    ['de-AT', null, 'de'],
    ['fr DE en', null, 'de'],
    ['fr', 'de', 'de'],
    [undefined, 'de-CH,de;q=0.9,en;q=0.8', 'de'],
    [undefined, 'en;q=0.2, de;q=0.7', 'de'],
    [undefined, 'de;q=0, en;q=0.1', 'en'],
    [undefined, 'fr, *;q=0.5', 'en'],
    [undefined, 'de;q=nonsense', 'en'],
    [undefined, 'deutsch', 'en'],
    ['constructor', '__proto__', 'en'],
  ])('ui_locales %j and Accept-Language %j make %s', (uiLocales, acceptLanguage, language) => {
    expect(pickLanguage(uiLocales, acceptLanguage)).toBe(language)
  })

  it('AZ-28 answers whatever it is given', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (uiLocales, acceptLanguage) => {
        expect(['en', 'de']).toContain(pickLanguage(uiLocales, acceptLanguage))
      }),
    )
  })
})
