import { LANGUAGES, type Language } from '../../config/pages.js'

/** Longer headers are somebody's experiment. */
const LONGEST = 1000

/** Chooses a page's language: `ui_locales` first (OIDC Core §3.1.2.1), then Accept-Language (RFC 9110 §12.5.4), then English. Pure. */
export function pickLanguage(uiLocales: string | undefined, acceptLanguage: string | null): Language {
  const wanted = [...(uiLocales ?? '').slice(0, LONGEST).split(' '), ...byWeight(acceptLanguage ?? '')]
  for (const tag of wanted) {
    const found = LANGUAGES.find((language) => language === tag.toLowerCase().split('-', 1)[0])
    if (found) return found
  }
  return 'en'
}

/** The tags of an Accept-Language header, the most wanted first; those with weight 0 are not wanted at all. */
function byWeight(header: string): string[] {
  return header
    .slice(0, LONGEST)
    .split(',')
    .map((part) => {
      const [tag = '', weight] = part.split(';')
      const value = weight === undefined ? 1 : Number(/^\s*q=([01](?:\.\d{0,3})?)\s*$/i.exec(weight)?.[1] ?? 0)
      return { tag: tag.trim(), value }
    })
    .filter(({ value }) => value > 0)
    .sort((a, b) => b.value - a.value)
    .map(({ tag }) => tag)
}
