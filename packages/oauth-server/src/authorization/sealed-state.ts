import type { Context } from '../context.js'
import type { Seconds } from '../time.js'

/** Characters of the sealed form: it travels in a URL. */
const MAX_SEALED = 2000

type Purpose = 'interaction' | 'errand'

/** Seals what has to travel in a URL for the one browser with this binding; undefined when it is too large for that. */
export async function sealState(
  { config, secrets }: Context,
  purpose: Purpose,
  { plain, expiresAt, binding }: { readonly plain: string; readonly expiresAt: Seconds; readonly binding: string },
): Promise<string | undefined> {
  const sealed = `${expiresAt}.${await secrets.seal(purpose, plain, associated(config.issuer, expiresAt, binding))}`
  return sealed.length <= MAX_SEALED ? sealed : undefined
}

/** Why a sealed state does not open: its time is over, or it was made for another browser, or by somebody else. */
export type Unopened = 'expired' | 'other_browser'

/** Opens what {@link sealState} made, in the same browser and in time. */
export async function openState(
  { config, secrets, now }: Context,
  purpose: Purpose,
  text: string,
  binding: string,
): Promise<{ readonly plain: string; readonly expiresAt: Seconds } | Unopened> {
  const dot = text.indexOf('.')
  const expiresAt = Number(text.slice(0, dot))
  if (!(expiresAt > now())) return 'expired'
  const plain = await secrets.open(purpose, text.slice(dot + 1), associated(config.issuer, expiresAt, binding))
  return plain === undefined ? 'other_browser' : { plain, expiresAt }
}

const associated = (issuer: string, expiresAt: Seconds, binding: string): string =>
  JSON.stringify([issuer, expiresAt, binding])
